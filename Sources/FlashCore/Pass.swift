/// Which direction attention runs in.
public enum Pass: String, Sendable, CaseIterable, CustomStringConvertible {
  /// O from Q, K and V.
  case forward
  /// dQ, dK and dV from dO; what the forward pass left in HBM is there and is not counted.
  case backward
  /// One after the other, both counted.
  case both

  /// Whether the forward pass is counted.
  public var countsForward: Bool { self != .backward }
  /// Whether there is a backward pass.
  public var hasBackward: Bool { self != .forward }

  /// The name on the command line.
  public var description: String { rawValue }
}
