// Release builds, which users run, have no testable imports; the effort of a search is internal.
#if DEBUG
  import FlashCore
  import Testing

  @testable import flashsim

  @Suite("A search that takes steps")
  struct TuneRecordTests {
    @Test("is not beaten by a choice that it steps over", arguments: [10, 100, 1000, 10_000])
    func steps(effort: Int) throws {
      var configuration = RunConfiguration()
      configuration.algorithm = .flash1
      configuration.isCausal = true
      configuration.queries = 1000
      configuration.sram = .kibibytes(192)
      let record = try TuneRecord(configuration, effort: effort)
      #expect(!record.isExhaustive)
      #expect(record.searchLine.contains("not exhaustive"))
      #expect(record.least.fits && record.choices[0].source == .least)
      for choice in record.others where choice.fits {
        #expect(record.ratio(choice) >= 1, "\(choice.source)")
      }
    }
  }
#endif
