internal import ArgumentParser
internal import Foundation

/// Values and ranges of values separated by commas.
///
/// A range is `FROM..TO`, a sign that says how it goes on, `+` by steps or `x` by factors, and the step
/// or factor; or, in its place, `:` and how many values there are: `64..512+64`, `64..512+:8`,
/// `64..512x2`, `64..512x:4`. With a step or a factor the last value is the last up to TO; with a count
/// it is TO. Values between the ends are the nearest that there are, and those that are the same are
/// one.
///
/// Any text makes a list, so that `check(_:)` can say what is wrong with which part of it.
struct RangeList<Element: SweepQuantity>: ExpressibleByArgument {
  let values: [Element]
  private let mistake: RangeMistake?

  init(_ values: Element...) {
    self.values = values
    mistake = nil
  }

  init(argument: String) {
    var values: [Element] = []
    do throws(RangeMistake) {
      for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
        values += try Self.values(of: String(part))
      }
      mistake = nil
    } catch {
      mistake = error
    }
    self.values = values
  }

  /// - Throws: `ValidationError` where a part is neither value nor range.
  func check(_ option: String) throws {
    switch mistake {
    case nil: break
    case .form(let part):
      throw ValidationError(
        "Please give \(option) \(Element.expectation), or ranges such as 64..512+64, 64..512+:8, "
          + "64..512x2 or 64..512x:4, not '\(part)'.")
    case .order(let part):
      throw ValidationError(
        "Please let the range '\(part)' of \(option) ascend from a positive number.")
    case .stride(let part):
      throw ValidationError(
        "Please give the range '\(part)' of \(option) a positive step, a factor above 1, or a "
          + "count of 2 or more.")
    case .length(let part):
      throw ValidationError(
        "Please give \(option) at most \(longestRange) values: '\(part)' has more.")
    }
  }

  var defaultValueDescription: String {
    values.map(\.defaultValueDescription).joined(separator: ",")
  }

  private static func values(of part: String) throws(RangeMistake) -> [Element] {
    guard let dots = part.firstRange(of: "..") else {
      guard let value = Element(argument: part) else { throw .form(part) }
      return [value]
    }
    let rest = part[dots.upperBound...]
    guard let sign = rest.firstIndex(where: { $0 == "+" || $0 == "x" }),
      let from = Element(argument: String(part[..<dots.lowerBound]))?.number,
      let to = Element(argument: String(rest[..<sign]))?.number, from.isFinite, to.isFinite
    else { throw .form(part) }
    if from <= 0 || to <= from { throw .order(part) }
    let places = try places(
      from, to, byFactors: rest[sign] == "x", String(rest[rest.index(after: sign)...]), part)
    var values: [Element] = []
    for place in places {
      guard let value = Element(nearest: place) else { throw .form(part) }
      if values.last != value { values.append(value) }
    }
    return values
  }

  /// Where the values of a range lie.
  private static func places(
    _ from: Double, _ to: Double, byFactors: Bool, _ stride: String, _ part: String
  ) throws(RangeMistake) -> [Double] {
    // Equal factors are equal steps of the logarithm.
    let distance = byFactors ? log(to / from) : to - from
    func place(_ step: Double) -> Double { byFactors ? from * exp(step) : from + step }
    if stride.hasPrefix(":") {
      guard let count = Int(stride.dropFirst()) else { throw .form(part) }
      if count < 2 { throw .stride(part) }
      if count > longestRange { throw .length(part) }
      return (0..<count - 1).map { place(distance * Double($0) / Double(count - 1)) } + [to]
    }
    guard let given = byFactors ? Double(stride) : Element(argument: stride)?.number
    else { throw .form(part) }
    let step = byFactors ? log(given) : given
    guard step > 0, step.isFinite else { throw .stride(part) }
    // A step that meets the end but for rounding does.
    let steps = (distance / step + 1e-9).rounded(.down)
    if steps >= Double(longestRange) { throw .length(part) }
    return (0...Int(steps)).map { place(Double($0) * step) }
  }
}

/// What is wrong with a part of a list.
private enum RangeMistake: Error {
  /// It is no value, and no range.
  case form(String)
  /// It does not ascend.
  case order(String)
  /// It does not come from one value to the next.
  case stride(String)
  /// It has too many values.
  case length(String)
}

/// How many values a range may have.
private let longestRange = 10_000

extension RangeList: Sendable where Element: Sendable {}
