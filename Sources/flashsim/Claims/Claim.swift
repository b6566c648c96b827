/// A claim of the FlashAttention paper (Dao et al. 2022), and how it is put to the test.
struct Claim: Sendable {
  /// Its name, C1 to C22.
  let id: String
  /// Where the paper makes it.
  let section: String
  /// What the paper says, in other words.
  let statement: String
  /// How far a model of transfers and operations can speak to it.
  var reach = Reach.whole
  /// The verdict that the evidence gave when the claim was written down here.
  var recorded: Verdict
  /// Why that is the verdict: the condition, what contradicts, or what was found besides.
  let explanation: String
  /// A command that shows it to a reader.
  let command: String
  /// What the time of measuring is about proportional to, for the progress bar.
  var work = 1.0
  /// Gathers the evidence.
  let measure: @Sendable (Laboratory) throws -> [Evidence]

  /// How far a model of transfers and operations can speak to a claim.
  enum Reach: Sendable {
    /// To all of it.
    case whole
    /// To one side of it; the rest are measurements that the paper does not print.
    case part
    /// Not to it: all that can be checked is that the printed numbers agree.
    case none
  }

  /// Measures, and judges by what was found.
  func test(in laboratory: Laboratory) throws -> Finding {
    Finding(claim: self, evidence: try measure(laboratory))
  }
}

/// What became of a claim.
enum Verdict: String, Sendable, CaseIterable {
  case confirmed
  /// Confirmed under a condition, or as far as a model reaches.
  case conditional
  case notConfirmed = "not-confirmed"
  /// Nothing that a model of transfers can decide.
  case outside

  /// The verdict of evidence.
  ///
  /// What bears on the claim decides whether it is confirmed at all; what bears on its generality,
  /// whether without a condition. A claim that a model does not reach in full cannot do better than
  /// its reach.
  init(_ evidence: [Evidence], reach: Claim.Reach) {
    func allHold(_ bearing: Evidence.Bearing) -> Bool {
      evidence.allSatisfy { $0.bearing != bearing || $0.holds }
    }
    if !allHold(.claim) {
      self = .notConfirmed
      return
    }
    switch reach {
    case .whole: self = allHold(.generality) ? .confirmed : .conditional
    case .part: self = .conditional
    case .none: self = .outside
    }
  }

  /// The verdict in words.
  var text: String {
    switch self {
    case .confirmed: "confirmed"
    case .conditional: "confirmed under a condition"
    case .notConfirmed: "not confirmed"
    case .outside: "outside a model of IO"
    }
  }
}

/// A claim, what was measured, and the verdict that follows.
struct Finding: Sendable {
  let claim: Claim
  let evidence: [Evidence]
  let verdict: Verdict

  init(claim: Claim, evidence: [Evidence]) {
    self.claim = claim
    self.evidence = evidence
    verdict = Verdict(evidence, reach: claim.reach)
  }

  /// Whether the verdict is the recorded one.
  var isAsRecorded: Bool { verdict == claim.recorded }
}
