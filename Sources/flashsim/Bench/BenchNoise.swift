internal import Foundation

/// Whether measurements tell anything.
enum BenchNoise: Equatable {
  /// No figure spreads further than the limit.
  case quiet
  /// The figures that spread further than the limit, with their inter-quartile ranges as parts of
  /// their medians.
  case noisy([Figure])
  /// There were too few rounds to know.
  case unknown

  /// A figure that was measured several times.
  struct Figure: Equatable {
    let name: String
    let spread: Double
  }

  /// How far the middle half of a figure may spread.
  static let limit = 0.1
  /// How many rounds quartiles take that are more than the extremes.
  static let leastRounds = 5

  /// Judges figures.
  init(_ figures: [(name: String, quartiles: Quartiles)]) {
    if figures.contains(where: { $0.quartiles.count < Self.leastRounds }) {
      self = .unknown
      return
    }
    let wide = figures.filter { !($0.quartiles.spread <= Self.limit) }
      .map { Figure(name: $0.name, spread: $0.quartiles.spread) }
    self = wide.isEmpty ? .quiet : .noisy(wide)
  }

  /// The noisy figures.
  var figures: [Figure] {
    if case .noisy(let figures) = self { figures } else { [] }
  }

  /// The verdict in a word.
  var word: String {
    switch self {
    case .quiet: "quiet"
    case .noisy: "noisy"
    case .unknown: "unknown"
    }
  }

  /// The verdict for people: a word, or the figures with their spreads.
  var text: String {
    figures.isEmpty
      ? word : figures.map { "\($0.name) \(Self.percent($0.spread))" }.joined(separator: ", ")
  }

  /// A spread for people.
  static func percent(_ spread: Double) -> String { String(format: "%.0f %%", 100 * spread) }
}
