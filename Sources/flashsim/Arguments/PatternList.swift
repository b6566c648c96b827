internal import ArgumentParser
internal import FlashCore

/// The names of block patterns, separated by commas.
struct PatternList: ExpressibleByArgument, Sendable {
  /// The ways to write one.
  static let expectation =
    "full, butterfly, butterfly:FACTORS, local:WIDTH, longformer:WIDTH,GLOBAL, "
    + "bigbird:WIDTH,GLOBAL,RANDOM, fixed:LOCAL,GLOBAL, strided:STRIDE, random:DENSITY or "
    + "file:PATH"

  let values: [String]
  /// The first part that is no pattern.
  private let mistake: String?

  init(argument: String) {
    values = splitKeepingNumbers(argument)
    mistake = values.first { !Self.isPattern($0) }
  }

  /// Whether this is the name of a pattern.
  static func isPattern(_ name: String) -> Bool {
    PatternFile(name: name) != nil || BlockPattern(name: name, seed: 0) != nil
  }

  /// - Throws: `ValidationError` where a part is no pattern.
  func check(_ option: String) throws {
    if let mistake {
      throw ValidationError("Please give \(option) \(Self.expectation), not '\(mistake)'.")
    }
  }
}

/// The parts of a comma list whose values have numbers after a colon, with commas of their own: a part
/// that begins with a number goes on with the last.
func splitKeepingNumbers(_ argument: String) -> [String] {
  var parts: [String] = []
  for part in argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
    if let last = parts.last, last.contains(":"),
      part.first.map({ $0.isNumber || $0 == "*" || $0 == "-" }) == true
    {
      parts[parts.count - 1] = last + "," + part
    } else {
      parts.append(part)
    }
  }
  return parts
}

extension BlockPattern {
  /// The pattern that `bigbird:3,1,1` and the like name; random ones from a seed.
  init?(name: String, seed: UInt64) {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let words =
      parts.count == 2
      ? parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init) : []
    let numbers = words.map { Int($0) }
    switch (parts[0], numbers.count) {
    case ("full", 0): self = .full
    case ("butterfly", 0): self = .butterfly(factors: nil)
    case ("butterfly", 1):
      guard let factors = numbers[0] else { return nil }
      self = .butterfly(factors: factors)
    case ("local", 1):
      guard let width = numbers[0] else { return nil }
      self = .local(width: width)
    case ("longformer", 2):
      guard let width = numbers[0], let global = numbers[1] else { return nil }
      self = .longformer(width: width, global: global)
    case ("bigbird", 3):
      guard let width = numbers[0], let global = numbers[1], let random = numbers[2],
        random >= 0
      else { return nil }
      self = .bigBird(width: width, global: global, random: random, seed: seed)
    case ("fixed", 2):
      guard let local = numbers[0], let global = numbers[1] else { return nil }
      self = .fixed(local: local, global: global)
    case ("strided", 1):
      guard let stride = numbers[0] else { return nil }
      self = .strided(stride: stride)
    case ("random", 1):
      guard let density = Double(words[0]) else { return nil }
      self = .random(density: density, seed: seed)
    default: return nil
    }
  }
}
