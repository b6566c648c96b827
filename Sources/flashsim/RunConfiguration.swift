internal import FlashCore
internal import HBMSim

/// One run: a point of the cross product.
struct RunConfiguration {
  var algorithm = Algorithm.flash2
  var pass = Pass.forward
  var splits: Int?
  var mask = MaskList.Named(name: "none", mask: .none)
  var isCausal = false
  var maskFile: String?
  var biasFile: String?
  var patternName = "full"
  /// A pattern that was read from a file or made, which takes the place of the named one.
  var pattern: BlockPattern?
  var dropout = 0.0
  var softcap: Float?
  var usesALiBi = false
  var batch = 1
  var heads = 1
  var kvHeads: Int?
  var queries = 1024
  var keys: Int?
  var headDim = 64
  var valueDim: Int?
  /// How matrices lie in HBM; nil where it is the file's affair.
  var type: ElementType?
  var accumulator = Accumulator.same
  var sram = Capacity.kibibytes(192)
  var tiling = Tiling.fit
  var scale: Float?
  var mode = Machine.Mode.execute
  var seed: UInt64 = 0
  var threads = Machine.hostCores
  var simd = InstructionSetChoice.auto

  /// The mask and what else attention with so many heads does.
  func options(heads: Int) -> AttentionOptions {
    var options = AttentionOptions(
      mask: mask.mask, pattern: pattern ?? BlockPattern(name: patternName, seed: seed) ?? .full,
      softcap: softcap, slopes: usesALiBi ? AttentionOptions.alibiSlopes(heads: heads) : nil,
      dropout: dropout == 0 ? nil : Dropout(probability: dropout, seed: seed))
    if isCausal && options.mask.causal == nil { options.mask.causal = .topLeft }
    return options
  }

  /// The mask as it was asked for.
  var maskName: String {
    let parts = [
      isCausal && mask.mask.causal == nil ? "causal" : nil,
      mask.mask == .none ? nil : mask.name, maskFile.map { "file:" + $0 },
    ].compactMap(\.self)
    return parts.isEmpty ? "none" : parts.joined(separator: "+")
  }

  /// How matrices lie in HBM, where those of the input are of a type.
  func precision(inputs: ElementType?) -> Precision {
    let type = type ?? inputs ?? .f32
    return Precision(type, accumulatorType: accumulator == .f32 ? .f32 : type)
  }

  /// The sizes of generated data.
  func generatedShape() throws(AttentionError) -> AttentionShape {
    try AttentionShape(
      batch: batch, heads: heads, kvHeads: kvHeads, queries: queries, keys: keys,
      headDim: headDim, valueDim: valueDim)
  }

  /// The machine that it runs on.
  func machine(progress: LaunchProgress?) throws(RunError) -> Machine {
    Machine(
      sram: sram, mode: mode, threads: threads, simd: try simd.resolved(), progress: progress)
  }
}

/// Options with several values each, and all their runs.
typealias CrossProduct = Grid<RunConfiguration>

extension CrossProduct {
  init() { self.init(from: RunConfiguration()) }
}
