/// A value of the small part of Python's grammar that npy headers use.
enum PythonLiteral: Equatable {
  case string(String)
  case bool(Bool)
  case integers([Int])

  /// Any other tuple or list, as written: the descr of a structured array.
  case raw(String)
}

/// A parser for `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
///
/// Quotes may be single or double, spaces and newlines stand anywhere between tokens, a comma may
/// follow the last item. There is no recursion: brackets within brackets are counted.
struct PythonLiteralParser {
  private let text: [UInt8]
  private var position = 0

  init(_ text: TensorBytes) {
    self.text = text.withUnsafeBytes { unsafe Array($0) }
  }

  /// Parses a dictionary with strings for keys, and nothing after it.
  ///
  /// - Throws: `invalidHeader` with the reason and the offset within the header.
  mutating func dictionary() throws(TensorFileError) -> [String: PythonLiteral] {
    var result: [String: PythonLiteral] = [:]
    try expect("{")
    while !take("}") {
      let key = try string()
      try expect(":")
      guard result.updateValue(try value(), forKey: key) == nil else {
        throw invalid("the key '\(key)' occurs twice")
      }
      guard take(",") || peek() == UInt8(ascii: "}") else { throw invalid("a comma is missing") }
    }
    guard peek() == nil else { throw invalid("text follows the dictionary") }
    return result
  }

  private mutating func value() throws(TensorFileError) -> PythonLiteral {
    switch peek() {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): .string(try string())
    case UInt8(ascii: "("): try tuple()
    case UInt8(ascii: "["): .raw(try bracketed())
    default: try bool()
    }
  }

  private mutating func bool() throws(TensorFileError) -> PythonLiteral {
    for (word, value) in [("True", true), ("False", false)]
    where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return .bool(value)
    }
    throw invalid("a string, a tuple, True or False is missing")
  }

  private mutating func string() throws(TensorFileError) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw invalid("a string is missing")
    }
    let start = position + 1
    guard let end = text[start...].firstIndex(where: { $0 == quote || $0 == UInt8(ascii: "\\") })
    else { throw invalid("a string does not end") }
    guard text[end] == quote else { throw invalid("escapes in strings are not supported") }
    position = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  /// A tuple of integers, or `raw` if there is something else in it.
  private mutating func tuple() throws(TensorFileError) -> PythonLiteral {
    let start = position
    try expect("(")
    var integers: [Int] = []
    while !take(")") {
      guard let integer = try integer() else {
        position = start
        return .raw(try bracketed())
      }
      integers.append(integer)
      guard take(",") || peek() == UInt8(ascii: ")") else { throw invalid("a comma is missing") }
    }
    // (3) is a number in parentheses, (3,) a tuple.
    if integers.count == 1, !text[start..<position].contains(UInt8(ascii: ",")) {
      throw invalid("a tuple of one number needs a comma")
    }
    return .integers(integers)
  }

  private mutating func integer() throws(TensorFileError) -> Int? {
    let isSigned = peek() == UInt8(ascii: "-")
    let start = position + (isSigned ? 1 : 0)
    let digits = text[start...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty else { return nil }
    guard let integer = Int(String(decoding: text[position..<digits.endIndex], as: UTF8.self))
    else { throw invalid("a number is beyond \(Int.max)") }
    position = digits.endIndex
    return integer
  }

  private mutating func bracketed() throws(TensorFileError) -> String {
    let start = position
    var depth = 0
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        _ = try string()
        continue
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      position += 1
      if depth == 0 { return String(decoding: text[start..<position], as: UTF8.self) }
    }
    throw invalid("a bracket does not close")
  }

  /// The next byte that is not a space, without moving over it.
  private mutating func peek() -> UInt8? {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) {
      position += 1
    }
    return position < text.count ? text[position] : nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(TensorFileError) {
    guard take(character) else { throw invalid("'\(character)' is missing") }
  }

  private func invalid(_ reason: String) -> TensorFileError {
    .invalidHeader(reason: "at byte \(position), \(reason)")
  }
}
