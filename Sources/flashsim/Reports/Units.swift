internal import Foundation

/// Numbers as people read them.
enum Units {
  /// Decimal multiples of a byte, as traffic and memory are given: 1 MB = 10⁶ bytes.
  static func bytes(_ count: Int) -> String {
    scaled(Double(count), ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
  }

  /// Binary multiples of a byte, as SRAM is given: 1 KiB = 1024 bytes.
  static func capacity(_ count: Int) -> String {
    if count < 1024 { return "\(count) B" }
    let kibibytes = Double(count) / 1024
    return kibibytes == kibibytes.rounded()
      ? "\(Int(kibibytes)) KiB" : String(format: "%.1f KiB", kibibytes)
  }

  /// A duration.
  static func seconds(_ seconds: Double) -> String {
    if seconds < 1e-3 { return String(format: "%.0f µs", seconds * 1e6) }
    if seconds < 1 { return String(format: "%.1f ms", seconds * 1e3) }
    return String(format: "%.2f s", seconds)
  }

  /// A factor.
  static func factor(_ factor: Double) -> String {
    String(format: factor < 100 ? "%.2f×" : "%.0f×", factor)
  }

  /// A number without a unit.
  static func ratio(_ ratio: Double) -> String {
    String(format: ratio < 10 ? "%.2f" : "%.0f", ratio)
  }

  /// A part of a whole.
  static func percent(_ part: Double) -> String { String(format: "%.2f %%", 100 * part) }

  /// An error.
  static func error(_ error: Double) -> String {
    error == 0 ? "0" : String(format: "%.1e", error)
  }

  /// Operations per second, in 10⁹.
  static func rate(_ rate: Double) -> String { String(format: "%.1f", rate / 1e9) }

  private static func scaled(_ value: Double, _ units: [String]) -> String {
    var value = value
    var unit = 0
    while value >= 999.5 && unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    if unit == 0 { return "\(Int(value)) B" }
    let digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
    return String(format: "%.\(digits)f \(units[unit])", value)
  }
}
