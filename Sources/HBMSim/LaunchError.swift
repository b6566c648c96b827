/// Why a program could not be launched.
public enum LaunchError: Error, Hashable, CustomStringConvertible {
  /// The program declares more SRAM than a core of the machine has; both in bytes.
  case insufficientSRAM(needed: Int, available: Int)

  /// One sentence with both numbers.
  public var description: String {
    switch self {
    case .insufficientSRAM(let needed, let available):
      "The program needs \(needed) bytes of SRAM, and a core has \(available)."
    }
  }
}
