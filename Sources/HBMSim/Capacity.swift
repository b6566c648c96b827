/// How much a core's SRAM holds.
public enum Capacity: Sendable, Hashable {
  /// A number of bytes.
  case bytes(Int)
  /// As much as a program asks for.
  case unlimited

  /// `count` · 1024 bytes.
  public static func kibibytes(_ count: Int) -> Capacity { .bytes(count * 1024) }

  /// `count` elements of four bytes, the unit of the paper's M.
  public static func elements(_ count: Int) -> Capacity { .bytes(count * 4) }

  /// The bytes, or nil where there is no limit.
  public var byteCount: Int? {
    switch self {
    case .bytes(let count): count
    case .unlimited: nil
    }
  }
}
