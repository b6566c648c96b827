@_spi(Host) internal import FlashCore
internal import HBMSim
internal import TensorFiles

/// What several runs did, in the forms that users ask for.
struct RunReport {
  let records: [RunRecord]
  /// The files that the tensors come from; none where they are generated.
  let inputs: [String]

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: summary + "\n" + table.text + "\n" + finding + "\n"
    case .markdown: summary + "\n" + table.markdown + "\n" + finding + "\n"
    case .csv: csv
    case .json: try json
    }
  }

  /// Writes outputs and log-sum-exps to a .safetensors or .npz file.
  ///
  /// - Parameter dropBatch: Whether tensors get the shape [heads, …] that the inputs came in.
  func writeTensors(to path: String, dropBatch: Bool) throws {
    var writer = TensorFileWriter(metadata: ["producer": "flashsim \(Flashsim.version)"])
    for record in records {
      guard let result = record.result else { continue }
      let prefix = records.count > 1 ? "\(record.plan.algorithm)." : ""
      var tensors = [("o", result.output), ("lse", result.logSumExp)]
      if let gradients = result.gradients {
        tensors += [("dq", gradients.query), ("dk", gradients.key), ("dv", gradients.value)]
      }
      for (name, tensor) in tensors {
        let shape = dropBatch ? Array(tensor.shape.dropFirst()) : tensor.shape
        try writer.add(
          .init(name: prefix + name, shape: shape, element: tensor.elementType.fileElement) {
            (sink) throws(TensorFileError) in
            try tensor.buffer.withBytes { bytes throws(TensorFileError) in try sink(bytes) }
          })
      }
    }
    try writer.write(to: path)
  }
}

extension ElementType {
  /// The type in a file.
  var fileElement: TensorFileElement {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .bool: preconditionFailure("Results that are truth values")
    }
  }
}

extension Precision {
  /// The type of matrices, and that of what is added up where it is another.
  var name: String {
    elementType == accumulatorType ? "\(elementType)" : "\(elementType)+\(accumulatorType)"
  }
}

extension RunRecord {
  /// The SRAM that was used at most, of what there is.
  var sramUse: String {
    let peak = Units.capacity(execution.peakSRAM)
    return "\(peak) / \(capacity)"
  }

  /// The capacity of SRAM, in KB where it was given so.
  var capacity: String {
    guard let bytes = plan.machine.sram.byteCount else { return "unlimited" }
    return bytes % 1000 == 0 && bytes % 1024 != 0 ? "\(bytes / 1000) KB" : Units.capacity(bytes)
  }
}
