internal import Foundation

/// One thing that was measured or computed for a claim, and what it would have to be.
struct Evidence: Sendable {
  /// What was measured, and where.
  let what: String
  let value: Value
  /// Of the value; empty for a pure number.
  var unit = ""
  /// What the value has to be; empty where it decides nothing.
  var needed = ""
  /// What depends on it.
  var bearing = Bearing.figure
  /// Whether the value is what it has to be.
  var holds = true

  /// A value, with the digits that are the same on every machine.
  enum Value: Sendable {
    case count(Int)
    case number(Double, decimals: Int)
    case truth(Bool)

    /// The value as it is printed.
    var text: String {
      switch self {
      case .count(let count): "\(count)"
      case .number(let number, let decimals): String(format: "%.\(decimals)f", number)
      case .truth(let truth): truth ? "yes" : "no"
      }
    }
  }

  /// What depends on evidence.
  enum Bearing: String, Sendable {
    /// The claim: it is not confirmed where this does not hold.
    case claim
    /// That the claim needs no condition: it has one where this does not hold.
    case generality
    /// Nothing: it is there to be read.
    case figure
  }
}

extension Evidence {
  /// A count that has to be exactly this; by a formula, whose value is left out where they agree.
  static func equal(
    _ what: String, _ count: Int, _ expected: Int, _ unit: String = "elements",
    as formula: String? = nil, _ bearing: Bearing = .claim
  ) -> Evidence {
    Evidence(
      what: what, value: .count(count), unit: unit,
      needed: formula.map { count == expected ? $0 : "\($0) = \(expected)" } ?? "\(expected)",
      bearing: bearing, holds: count == expected)
  }

  /// A number that has to lie in a range.
  static func within(
    _ what: String, _ number: Double, _ range: ClosedRange<Double>, decimals: Int = 2,
    _ unit: String = "", _ bearing: Bearing = .claim
  ) -> Evidence {
    func text(_ bound: Double) -> String { Value.number(bound, decimals: decimals).text }
    return Evidence(
      what: what, value: .number(number, decimals: decimals), unit: unit,
      needed: "\(text(range.lowerBound)) to \(text(range.upperBound))", bearing: bearing,
      holds: range.contains(number))
  }

  /// A number that must not exceed a bound.
  static func atMost(
    _ what: String, _ number: Double, _ bound: Double, decimals: Int = 2, _ unit: String = "",
    _ bearing: Bearing = .claim
  ) -> Evidence {
    Evidence(
      what: what, value: .number(number, decimals: decimals), unit: unit,
      needed: "≤ " + Value.number(bound, decimals: decimals).text, bearing: bearing,
      holds: number <= bound)
  }

  /// A number that must not be below a bound.
  static func atLeast(
    _ what: String, _ number: Double, _ bound: Double, decimals: Int = 2, _ unit: String = "",
    _ bearing: Bearing = .claim
  ) -> Evidence {
    Evidence(
      what: what, value: .number(number, decimals: decimals), unit: unit,
      needed: "≥ " + Value.number(bound, decimals: decimals).text, bearing: bearing,
      holds: number >= bound)
  }

  /// A number that has to be, to its decimals, the one that the paper prints.
  static func printed(
    _ what: String, _ number: Double, as printed: Double, decimals: Int = 1, _ unit: String = "",
    _ bearing: Bearing = .claim
  ) -> Evidence {
    let value = Value.number(number, decimals: decimals)
    let expected = Value.number(printed, decimals: decimals).text
    return Evidence(
      what: what, value: value, unit: unit, needed: "printed: \(expected)", bearing: bearing,
      holds: value.text == expected)
  }

  /// Something that has to be so.
  static func truth(_ what: String, _ truth: Bool, _ bearing: Bearing = .claim) -> Evidence {
    Evidence(what: what, value: .truth(truth), needed: "yes", bearing: bearing, holds: truth)
  }

  /// A number to be read.
  static func figure(
    _ what: String, _ number: Double, decimals: Int = 2, _ unit: String = ""
  ) -> Evidence {
    Evidence(what: what, value: .number(number, decimals: decimals), unit: unit)
  }
}
