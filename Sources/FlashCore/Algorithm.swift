/// An attention algorithm that the machine runs and counts.
public enum Algorithm: String, Sendable, CaseIterable, CustomStringConvertible {
  /// Standard attention, which writes S and P to HBM: Algorithms 0 and 3.
  case standard
  /// Standard attention as frameworks run it eagerly: a kernel an operation, each operand read once.
  case standardEager = "standard-eager"
  /// FlashAttention, with keys and values in the outer loop: Algorithms 1, 2 and
  /// 4.
  case flash1
  /// FlashAttention-2: queries in the outer loop forward, keys and values backward.
  case flash2
  /// Flash-decoding: FlashAttention-2 on chunks of keys in parallel, then a reduction of what they give.
  case splitKV = "split-kv"
  /// Square tiling, for SRAM that holds less than d² elements or a little more: S goes through HBM, in
  /// squares, with matrices cut along features too.
  case squareTiling = "square-tiling"

  /// The name on the command line.
  public var description: String { rawValue }

  /// Whether the backward pass takes no more of the forward pass than O and log-sum-exps: then it can
  /// be given them, see ``ForwardResult``.
  public var resumesFromOutput: Bool { programs.resumesFromOutput }

  /// The tile programs.
  var programs: any AttentionAlgorithm.Type {
    switch self {
    case .standard: Standard.self
    case .standardEager: StandardEager.self
    case .flash1: Flash1.self
    case .flash2: Flash2.self
    case .splitKV: SplitKV.self
    case .squareTiling: SquareTiling.self
    }
  }
}
