/// A named part of a program, for which traffic is kept apart.
public struct Phase: Sendable, Hashable, CustomStringConvertible {
  /// The name in reports.
  public let name: String

  /// Creates a phase.
  public init(_ name: String) { self.name = name }

  /// What prepares matrices in HBM, such as line 2 of Algorithm 1.
  public static let initialize = Phase("initialize")

  /// What the algorithm is for.
  public static let main = Phase("main")

  /// The name.
  public var description: String { name }
}
