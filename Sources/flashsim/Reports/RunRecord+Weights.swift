@_spi(Host) internal import FlashCore
internal import HBMSim
internal import Synchronization
internal import TensorFiles

extension RunRecord {
  /// Writes which weights dropout keeps, some rows at a time.
  ///
  /// - Parameter dropBatch: Whether the mask gets the shape [heads, …] that the inputs came in.
  func writeDropoutMask(to path: String, dropBatch: Bool) throws(TensorFileError) {
    guard let dropout = plan.options.dropout else { return }
    let shape = plan.shape
    // A good many elements are worth a call of the system.
    let rows = max(1, (1 << 20) / shape.keys)
    var writer = TensorFileWriter(metadata: metadata)
    try writer.add(
      .init(name: "mask", shape: weightShape(dropBatch), element: .bool) {
        (sink) throws(TensorFileError) in
        for matrix in 0..<shape.matrices {
          for first in stride(from: 0, to: shape.queries, by: rows) {
            let mask = dropout.mask(
              batch: matrix / shape.heads, head: matrix % shape.heads,
              queries: first..<min(first + rows, shape.queries), keys: 0..<shape.keys)
            try sink(mask.span.bytes)
          }
        }
      })
    try writer.write(to: path)
  }

  /// Computes the attention weights and writes them, some rows at a time.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - input: The tensors of the run.
  ///   - dropBatch: Whether the weights get the shape [heads, …] that the inputs came in.
  /// - Returns: What computing them moved.
  func writeProbabilities(
    to path: String, of input: AttentionInput, dropBatch: Bool
  ) throws -> Traffic {
    guard let result else { return .zero }
    let probabilities = try plan.probabilities(
      query: input.query, key: input.key, logSumExp: result.logSumExp,
      mask: scoreInputs.mask?.tensor, bias: scoreInputs.bias?.tensor)
    let moved = Mutex(Traffic.zero)
    var writer = TensorFileWriter(metadata: metadata)
    try writer.add(
      .init(
        name: "p", shape: weightShape(dropBatch), element: input.elementType.fileElement
      ) { (sink) throws(TensorFileError) in
        let execution = try probabilities.compute { _, _, _, block throws(TensorFileError) in
          try block.buffer.withBytes(sink)
        }
        moved.withLock { $0 = execution.traffic }
      })
    try writer.write(to: path)
    return moved.withLock(\.self)
  }

  private func weightShape(_ dropBatch: Bool) -> [Int] {
    let shape = [plan.shape.batch, plan.shape.heads, plan.shape.queries, plan.shape.keys]
    return dropBatch ? Array(shape.dropFirst()) : shape
  }

  private var metadata: [String: String] { ["producer": "flashsim \(Flashsim.version)"] }
}
