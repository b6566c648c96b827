extension AttentionPlan {
  /// What no program of this algorithm's kind can go below, whatever its blocks.
  ///
  /// - Complexity: That of ``visibleScores``.
  public var lowerBounds: [LowerBound] {
    LowerBound.all(
      of: shape, for: algorithm, pass: pass, visible: visibleScores, precision: precision,
      sram: machine.sram)
  }

  /// The greatest of ``lowerBounds``.
  public var greatestLowerBound: LowerBound { .greatest(lowerBounds) }

  /// The greatest bound that holds for every program that computes the same, whatever its algorithm.
  ///
  /// - Complexity: That of ``visibleScores``.
  public var greatestUniversalBound: LowerBound {
    .greatest(
      LowerBound.all(
        of: shape, pass: pass, visible: visibleScores, precision: precision, sram: machine.sram))
  }
}

extension LowerBound {
  /// The bound with the most elements.
  public static func greatest(_ bounds: [LowerBound]) -> LowerBound {
    guard let greatest = bounds.max(by: { $0.elements < $1.elements }) else {
      preconditionFailure("Compulsory traffic is always a bound")
    }
    return greatest
  }
}
