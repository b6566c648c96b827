internal import ArgumentParser

/// A value that comma lists are made of.
protocol ListElement: ExpressibleByArgument {
  /// What users are to give, as it follows "Please give --option".
  static var expectation: String { get }
}

/// Values separated by commas.
///
/// Any text makes a list, so that `check(_:)` can say what is wrong with which part of it.
struct CommaList<Element: ListElement>: ExpressibleByArgument {
  let values: [Element]
  /// The first part that is no value, as it is named to users.
  private let mistake: String?

  init(_ values: Element...) {
    self.values = values
    mistake = nil
  }

  init(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let wrong = parts.first { Element(argument: $0) == nil }
    values = parts.compactMap(Element.init(argument:))
    mistake = wrong.map { parts.count > 1 ? "'\($0)' in '\(argument)'" : "'\($0)'" }
  }

  /// - Throws: `ValidationError` where a part is no value of that kind.
  func check(_ option: String) throws {
    if let mistake {
      throw ValidationError("Please give \(option) \(Element.expectation), not \(mistake).")
    }
  }

  var defaultValueDescription: String {
    values.map(\.defaultValueDescription).joined(separator: ",")
  }

  static var allValueStrings: [String] { Element.allValueStrings }
}

extension CommaList: Sendable where Element: Sendable {}

// MARK: - Numbers

extension Int: ListElement {
  static var expectation: String { "whole numbers up to \(max)" }
}

extension UInt64: ListElement {
  static var expectation: String { "whole numbers from 0 to \(max)" }
}

extension Double: ListElement {
  static var expectation: String { "numbers" }
}

extension Float: ListElement {
  static var expectation: String { "numbers" }
}

// MARK: - Words

extension ListElement where Self: CaseIterable {
  static var expectation: String {
    let words = allValueStrings
    guard let last = words.last, words.count > 1 else { return words.joined() }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
