internal import ArgumentParser

/// Values separated by commas.
struct CommaList<Element: ExpressibleByArgument>: ExpressibleByArgument {
  let values: [Element]

  init(_ values: Element...) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    var values: [Element] = []
    for part in parts {
      guard let value = Element(argument: String(part)) else { return nil }
      values.append(value)
    }
    self.values = values
  }

  var defaultValueDescription: String {
    values.map(\.defaultValueDescription).joined(separator: ",")
  }

  static var allValueStrings: [String] { Element.allValueStrings }
}

extension CommaList: Sendable where Element: Sendable {}
