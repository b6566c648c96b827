public import ArgumentParser
public import FlashCore
public import HBMSim
internal import SIMDKernels

// How the library's types are written on the command line.

extension Algorithm: ExpressibleByArgument, ListElement {}
extension Machine.Mode: ExpressibleByArgument, ListElement {}
extension Pass: ExpressibleByArgument, ListElement {}

extension ElementType: ExpressibleByArgument, ListElement {
  /// The types that matrices may have.
  public static var allValueStrings: [String] {
    [ElementType.f32, .f16, .bf16].map(\.rawValue)
  }

  /// A type of numbers.
  public init?(argument: String) {
    guard Self.allValueStrings.contains(argument) else { return nil }
    self.init(rawValue: argument)
  }
}

/// How what is added up in HBM lies there.
enum Accumulator: String, Sendable, CaseIterable, ListElement {
  case same, f32
}

extension Capacity: ExpressibleByArgument, ListElement {
  static var expectation: String {
    "a positive capacity such as 100KB, 192KiB, 25600el or unlimited"
  }

  /// `100KB`, `192KiB`, `25600el`, `4096` (bytes) or `unlimited`.
  public init?(argument: String) {
    if argument == "unlimited" {
      self = .unlimited
      return
    }
    let units = [
      ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1_000), ("MB", 1_000_000),
      ("GB", 1_000_000_000), ("el", 4), ("B", 1), ("", 1),
    ]
    for (suffix, size) in units where argument.hasSuffix(suffix) {
      guard let count = Int(argument.dropLast(suffix.count)), count > 0 else { return nil }
      let (bytes, overflows) = count.multipliedReportingOverflow(by: size)
      if overflows { return nil }
      self = .bytes(bytes)
      return
    }
    return nil
  }

  /// The capacity as it is written on the command line.
  public var defaultValueDescription: String {
    guard let byteCount else { return "unlimited" }
    if byteCount % 1024 == 0 { return "\(byteCount / 1024)KiB" }
    return byteCount % 1000 == 0 ? "\(byteCount / 1000)KB" : "\(byteCount)B"
  }
}

extension Tiling: ExpressibleByArgument, ListElement {
  static var expectation: String { "fit, fast, paper or positive ROWSxCOLUMNS such as 64x128" }

  /// `fit`, `fast`, `paper` or ROWSxCOLUMNS.
  public init?(argument: String) {
    switch argument {
    case "fit": self = .fit
    case "fast": self = .fast
    case "paper": self = .paper
    default:
      let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map {
        Int($0)
      }
      guard sides.count == 2, let rows = sides[0], let columns = sides[1], rows > 0, columns > 0
      else { return nil }
      self = .blocks(Blocks(rows: rows, columns: columns))
    }
  }

  /// The tiling as it is written on the command line.
  public var defaultValueDescription: String {
    switch self {
    case .fit: "fit"
    case .fast: "fast"
    case .paper: "paper"
    case .blocks(let blocks): "\(blocks)"
    }
  }
}

/// An instruction set, or the widest that there is.
enum InstructionSetChoice: String, Sendable, CaseIterable, ListElement {
  case auto, baseline, avx2, avx512, neon

  /// The instruction set.
  ///
  /// - Throws: `RunError` where this CPU does not run it.
  func resolved() throws(RunError) -> InstructionSet {
    guard let set = InstructionSet(rawValue: rawValue) else { return .best }
    if !set.isAvailable {
      throw .instructionSetUnavailable(
        asked: rawValue, available: InstructionSet.available.map(\.rawValue))
    }
    return set
  }
}

/// A form of report.
enum ReportFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  case table, json, csv, markdown

  /// The format that a file's extension asks for.
  init?(path: String) {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[dot...].dropFirst().lowercased() {
    case "json": self = .json
    case "csv": self = .csv
    case "md": self = .markdown
    default: return nil
    }
  }
}
