/// An attention algorithm that the machine runs and counts.
public enum Algorithm: String, Sendable, CaseIterable, CustomStringConvertible {
  /// Standard attention, which writes S and P to HBM: Algorithm 0.
  case standard
  /// FlashAttention, with keys and values in the outer loop: Algorithm 1.
  case flash1
  /// FlashAttention-2, with queries in the outer loop: its Algorithm 1.
  case flash2

  /// The name on the command line.
  public var description: String { rawValue }

  /// The tile program.
  var forward: any ForwardAlgorithm.Type {
    switch self {
    case .standard: StandardForward.self
    case .flash1: Flash1Forward.self
    case .flash2: Flash2Forward.self
    }
  }
}
