/// A table of the FlashAttention paper's appendix E.6: a number for each method and length.
///
/// The configuration of all: 8 heads of d = 64, a batch of 16, f16, an A100 of 40 GB.
struct PaperTable {
  /// The lengths N of all tables, in order.
  static let lengths = (7...16).map { 1 << $0 }

  /// The methods, in order.
  let methods: [String]
  private let rows: [String: [String]]

  /// Reads a table: a method and a number or "-" for each length, line by line.
  init(_ text: String) {
    var methods: [String] = []
    var rows: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let method = words.dropLast(Self.lengths.count).joined(separator: " ")
      methods.append(method)
      rows[method] = Array(words.suffix(Self.lengths.count))
    }
    self.methods = methods
    self.rows = rows
  }

  /// Table `number`, from 9 to 21.
  static func number(_ number: Int) -> PaperTable {
    guard let table = all[number] else { preconditionFailure("No such table") }
    return table
  }

  /// The number of a method at a length as it is printed, or nil where there is none.
  func printed(_ method: String, _ length: Int) -> String? {
    guard let row = rows[method], let column = Self.lengths.firstIndex(of: length) else {
      return nil
    }
    return row[column] == "-" ? nil : row[column]
  }

  /// The number of a method at a length, or nil where there is none.
  func value(_ method: String, _ length: Int) -> Double? {
    printed(method, length).flatMap(Double.init)
  }
}
