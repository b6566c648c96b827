internal import FlashCore
internal import HBMSim

/// Where claims are put to the test: machines that tell how far they are.
struct Laboratory: Sendable {
  let progress: LaunchProgress

  /// A machine that computes.
  func machine(sram: Capacity) -> Machine { Machine(sram: sram, progress: progress) }

  /// Attention on a machine that counts and computes nothing.
  func counting(
    _ algorithm: Algorithm, pass: Pass = .forward, _ shape: AttentionShape,
    _ tiling: Tiling, sram: Capacity = .unlimited, precision: Precision = .f32,
    pattern: BlockPattern = .full, splits: Int? = nil
  ) throws -> AttentionPlan {
    try AttentionPlan(
      algorithm, pass: pass, shape: shape, options: AttentionOptions(pattern: pattern),
      precision: precision, tiling: tiling, splits: splits,
      on: Machine(sram: sram, mode: .count, progress: progress))
  }

  /// Algorithm 1 or 4 with the blocks of its first line, whether S fits beside them or not: M
  /// elements of SRAM are asked for, and there is more.
  func literal(
    _ pass: Pass = .forward, tokens N: Int, headDim d: Int, elements M: Int
  ) throws -> AttentionPlan {
    try counting(
      .flash1, pass: pass, AttentionShape(queries: N, headDim: d),
      .blocks(.paper(elements: M, headDim: d)))
  }

  /// Standard attention with one block each way: the textbook's count.
  func textbook(_ pass: Pass = .forward, tokens N: Int, headDim d: Int) throws -> AttentionPlan {
    try counting(
      .standard, pass: pass, AttentionShape(queries: N, headDim: d),
      .blocks(Blocks(rows: N, columns: N)))
  }
}

extension AttentionPlan {
  /// The elements that move, by the closed form.
  var elements: Int { closedForm.total.elements }

  /// T_c, the blocks of keys.
  var keyBlocks: Int { (shape.keys + blocks.columns - 1) / blocks.columns }
}
