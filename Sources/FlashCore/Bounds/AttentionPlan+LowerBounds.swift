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
  public var greatestLowerBound: LowerBound {
    guard let greatest = lowerBounds.max(by: { $0.elements < $1.elements }) else {
      preconditionFailure("Compulsory traffic is always a bound")
    }
    return greatest
  }
}
