// Release builds, which users run, have no testable imports; a claim is internal.
#if DEBUG
  import Testing

  @testable import flashsim

  @Suite("A verdict")
  struct VerdictTests {
    private func evidence(_ bearing: Evidence.Bearing, holds: Bool) -> Evidence {
      .init(what: "x", value: .truth(holds), needed: "yes", bearing: bearing, holds: holds)
    }

    @Test("follows from the evidence: first what bears on the claim, then on its generality")
    func rules() {
      let good = evidence(.claim, holds: true)
      let bad = evidence(.claim, holds: false)
      let narrow = evidence(.generality, holds: false)
      let figure = evidence(.figure, holds: false)
      #expect(Verdict([good, figure], reach: .whole) == .confirmed)
      #expect(Verdict([good, narrow], reach: .whole) == .conditional)
      #expect(Verdict([good, bad, narrow], reach: .whole) == .notConfirmed)
      #expect(Verdict([good], reach: .part) == .conditional)
      #expect(Verdict([bad], reach: .part) == .notConfirmed)
      #expect(Verdict([good, narrow], reach: .none) == .outside)
      #expect(Verdict([bad], reach: .none) == .notConfirmed)
    }

    @Test("is not confirmed where numbers are not what they have to be, and where they are none")
    func comparisons() {
      #expect(Evidence.equal("x", 3, 3).holds && !Evidence.equal("x", 3, 4).holds)
      #expect(Evidence.atMost("x", 2, 2).holds && !Evidence.atMost("x", 2.001, 2).holds)
      #expect(Evidence.atLeast("x", 2, 2).holds && !Evidence.atLeast("x", 1.999, 2).holds)
      #expect(Evidence.within("x", 2, 1...3).holds && !Evidence.within("x", 3.1, 1...3).holds)
      #expect(Evidence.printed("x", 40.265, as: 40.3).holds)
      #expect(!Evidence.printed("x", 40.24, as: 40.3).holds)
      #expect(Evidence.truth("x", true).holds && !Evidence.truth("x", false).holds)
      for evidence: Evidence in [
        .atMost("x", .nan, 2), .atLeast("x", .nan, 2), .within("x", .nan, 1...3),
        .printed("x", .nan, as: 1),
      ] {
        #expect(!evidence.holds)
      }
    }

    @Test("that differs from the record is an error, which names the claim and both verdicts")
    func record() throws {
      var claim = try #require(Claim.named("c8"))
      func error() throws -> String? {
        let report = VerifyReport(try VerifyCommand.test([claim]))
        do { try report.check() } catch { return error.description }
        return nil
      }
      #expect(try error() == nil)
      claim.recorded = .notConfirmed
      #expect(
        try error()
          == "A verdict is not as recorded: C8 is confirmed, recorded as not confirmed.")
    }

    @Test("is what is on record, of claims C1 to C22 in order")
    func catalogue() {
      #expect(Claim.all.map(\.id) == (1...22).map { "C\($0)" })
      for claim in Claim.all {
        #expect(claim.command.hasPrefix("flashsim "))
        #expect(claim.statement.hasSuffix(".") && claim.explanation.hasSuffix("."))
      }
    }
  }
#endif
