internal import ArgumentParser
internal import FlashCore

/// What can be reproduced of the paper.
enum ReproductionName: String, Sendable, CaseIterable, ListElement {
  case figure2Left = "figure2-left"
  case figure2Middle = "figure2-middle"
  case figure2Right = "figure2-right"
  case figure3Memory = "figure3-memory"
  case theorem2, theorem5, proposition4

  /// Counts it.
  func reproduce() throws -> Reproduction {
    switch self {
    case .figure2Left: try .figure2Left()
    case .figure2Middle: try .figure2Middle()
    case .figure2Right: try .figure2Right()
    case .figure3Memory: try .figure3Memory()
    case .theorem2: try .theorem(pass: .forward)
    case .theorem5: try .theorem(pass: .backward)
    case .proposition4: try .proposition4()
    }
  }
}
