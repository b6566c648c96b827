// Release builds, which users run, have no testable imports; measurements are internal.
#if DEBUG
  import FlashCore
  import Testing

  @testable import flashsim

  /// A clock that goes as tests tell it, and what ran by it.
  private final class FakeTime {
    var wall = 100.0
    var thread = 7.0
    var rests: [Double] = []
    var log: [String] = []

    var stopwatch: Stopwatch {
      Stopwatch(
        wall: { self.wall }, thread: { self.thread }, rest: { self.rests.append($0) })
    }

    /// Something whose runs take these seconds, one after another and over again, of which the thread
    /// computes a half.
    func subject(
      _ name: String, work: Double = 1, threads: Int = 1, rest: Double = 0, _ seconds: Double...
    ) -> BenchSubject {
      var runs = 0
      return BenchSubject(name: name, work: work, threads: threads, rest: rest) {
        self.log.append(name)
        self.wall += seconds[runs % seconds.count]
        self.thread += seconds[runs % seconds.count] / 2
        runs += 1
      }
    }
  }

  @Suite("A measurement")
  struct MeasurementTests {
    @Test("warms up, tries, and runs every other round backwards")
    func order() throws {
      let time = FakeTime()
      let series = try Interleaving(stopwatch: time.stopwatch, rounds: 3, leastSeconds: 0)
        .measure([
          time.subject("a", 8, 8, 1, 2, 4), time.subject("b", work: 6, threads: 2, rest: 0.5, 2),
        ])
      #expect(time.log == ["a", "a", "b", "b", "a", "b", "b", "a", "a", "b"])
      #expect(series.map(\.name) == ["a", "b"] && series.map(\.threads) == [1, 2])
      #expect(series[0].seconds == [1, 2, 4] && series[0].threadSeconds == [0.5, 1, 2])
      #expect(series[1].seconds == [2, 2, 2] && series[1].threadSeconds == [])
      #expect(series[1].rates == [3, 3, 3])
      // After the trial and each round.
      #expect(time.rests == [0.5, 0.5, 0.5, 0.5])
    }

    @Test("runs what is fast as often as it takes to last")
    func repeats() throws {
      let time = FakeTime()
      // The first run is to warm up, and is not what the others are like.
      let series = try Interleaving(stopwatch: time.stopwatch, rounds: 2, leastSeconds: 1)
        .measure([time.subject("fast", 64, 0.25, 0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.5)])
      #expect(series[0].repeats == 4)
      #expect(series[0].seconds == [0.25, 0.5])
      #expect(time.log.count == 2 + 2 * 4)
    }

    @Test("fails where its subject does")
    func failure() {
      struct Failure: Error {}
      let time = FakeTime()
      let broken = BenchSubject(name: "broken", work: 1, threads: 1) { throw Failure() }
      #expect(throws: Failure.self) {
        try Interleaving(stopwatch: time.stopwatch, rounds: 1, leastSeconds: 0).measure([broken])
      }
    }

    @Test("has quartiles between neighbours")
    func quartiles() {
      let four = Quartiles([8, 1, 4, 2])
      #expect([four.lower, four.median, four.upper] == [1.75, 3, 5])
      #expect(four.spread == 3.25 / 3 && four.count == 4)
      let five = Quartiles([5, 4, 3, 2, 1])
      #expect([five.lower, five.median, five.upper] == [2, 3, 4])
      let one = Quartiles([7])
      #expect([one.lower, one.median, one.upper, one.spread] == [7, 7, 7, 0])
    }

    @Test("is noisy where a figure spreads over more than a tenth, and names it")
    func noise() {
      let wide = Quartiles([8, 9, 10, 11, 12])
      let edge = Quartiles([9, 9.5, 10, 10.5, 11])
      #expect(edge.spread == 0.1)
      #expect(BenchNoise([("a", edge)]) == .quiet)
      #expect(
        BenchNoise([("a", edge), ("b", wide)]) == .noisy([.init(name: "b", spread: 0.2)]))
      #expect(BenchNoise([("a", edge), ("b", Quartiles([1, 1, 1, 1]))]) == .unknown)
      #expect(BenchNoise([("a", Quartiles([1, 2, 3, 4, .nan]))]) != .quiet)
    }

    @Test("has a roofline of products and exp together, or bytes")
    func roofline() {
      let demand = BenchContest.Demand(products: 60, exponentials: 20, bytes: 40)
      let byProducts = BenchRoofline(demand, peak: 10, exponentials: 5, bandwidth: 8)
      #expect([byProducts.products, byProducts.exponentials, byProducts.bytes] == [6, 4, 5])
      #expect(byProducts.bound == "products" && byProducts.floor == 10)
      #expect(BenchRoofline(demand, peak: 20, exponentials: 5, bandwidth: 20).bound == "exp")
      let byBytes = BenchRoofline(demand, peak: 10, exponentials: 5, bandwidth: 2)
      #expect(byBytes.bound == "bytes" && byBytes.floor == 20)
    }
  }

  /// A computer whose speeds are known.
  private struct FakeSource: BenchSource {
    let time: FakeTime
    let hasNaive: Bool

    func hostSubjects(threads: Int) -> [HostResource: BenchSubject] {
      let speed = Double(threads)
      return [
        .peak: time.subject("fma", work: 1000 * speed, threads: threads, 1),
        .exponentials: time.subject("exp", work: 200 * speed, threads: threads, 1),
        .read: time.subject("read", work: 100, threads: threads, 1),
      ]
    }

    func contest(of point: BenchCase) -> BenchContest {
      // Two runs that are not counted, then five rounds.
      BenchContest(
        flash: time.subject(
          "flash2", work: point.operations, threads: point.threads, 9, 9, 2, 4, 1, 2, 4),
        naive: hasNaive
          ? .subject(
            time.subject(
              "naive", work: point.operations, threads: point.threads, 9, 9, 4, 12, 2, 5, 8))
          : .none(reason: "it has no masks"),
        blocks: Blocks(rows: 5, columns: 2),
        demand: BenchContest.Demand(products: 500, exponentials: 400, bytes: 50))
    }
  }

  @Suite("A bench")
  struct BenchReportTests {
    private func report(hasNaive: Bool, threads: Int = 2) throws -> BenchReport {
      let time = FakeTime()
      let bench = Bench(
        source: FakeSource(time: time, hasNaive: hasNaive),
        interleaving: Interleaving(stopwatch: time.stopwatch, rounds: 5, leastSeconds: 0))
      var point = BenchCase()
      point.shape = BenchShape(10, 1, 5)
      point.threads = threads
      return try bench.report(of: [point])
    }

    @Test("measures one thread and as many as cases have")
    func host() throws {
      let host = try report(hasNaive: true).host
      #expect(host.map(\.series.threads) == [1, 1, 1, 2, 2, 2])
      #expect(host.map(\.resource) == [.peak, .exponentials, .read, .peak, .exponentials, .read])
      #expect(host.map(\.rate.median) == [1000, 200, 100, 2000, 400, 100])
      #expect(try report(hasNaive: true, threads: 1).host.count == 3)
    }

    @Test("compares what was measured in the same round")
    func ratios() throws {
      let record = try report(hasNaive: true).records[0]
      #expect(record.point.operations == 4 * 10 * 10 * 5)
      #expect(record.rate.median == 1000)
      // 2000 operations, of 2000 a second.
      #expect(record.fractions == [0.5, 0.25, 1, 0.5, 0.25])
      #expect(record.fraction.median == 0.5)
      #expect(record.ratios == [2, 3, 2, 2.5, 2])
      let ratio = try #require(record.ratio)
      #expect([ratio.lower, ratio.median, ratio.upper] == [2, 2, 2.5])
      #expect(ratio.count == 5 && record.naiveReason == nil)
      #expect(record.noise == .noisy([.init(name: "ratio", spread: 0.25)]))
    }

    @Test("has the floors of as many threads as the case")
    func floors() throws {
      let record = try report(hasNaive: true).records[0]
      #expect(
        record.roofline
          == BenchRoofline(
            .init(products: 500, exponentials: 400, bytes: 50), peak: 2000, exponentials: 400,
            bandwidth: 100))
      #expect(record.roofline.bound == "exp" && record.explained == 1.25 / 2)
    }

    @Test("compares what the threads computed, where each is one")
    func threadTimes() throws {
      let record = try report(hasNaive: true, threads: 1).records[0]
      #expect(record.flash.threadSeconds == [1, 2, 0.5, 1, 2])
      #expect(record.flash.threadMedian == 1 && record.naive?.threadMedian == 2.5)
      // 2000 operations a second of the thread, of 1000 in half a second.
      #expect(record.threadFraction?.median == 1)
      #expect(try report(hasNaive: true).records[0].threadFraction == nil)
    }

    @Test("has no ratio without naive attention, and says why")
    func withoutNaive() throws {
      let report = try report(hasNaive: false)
      let record = report.records[0]
      #expect(record.naive == nil && record.ratio == nil && record.flash.seconds.count == 5)
      #expect(record.peak.name == "fma" && record.peak.seconds == [1, 1, 1, 1, 1])
      #expect(try report.rendered(as: .table).contains("left out once: it has no masks."))
    }

    @Test("says which figures are too noisy to tell")
    func verdict() throws {
      let noisy = try report(hasNaive: true).noise
      #expect(
        noisy == "The machine was too noisy to tell: of row 1, the ratio spreads over 25 % of its "
          + "median between quartiles.")
      // Of the part of the peak, 1/4 to 1/2 lie between quartiles.
      #expect(
        try report(hasNaive: false).noise.contains(
          "of row 1, the part of the peak spreads over 50 % of its median"))
    }

    @Test(
      "counts operations as is usual",
      arguments: [
        (Pass.forward, BenchMask.none, 4.0), (.backward, .none, 10), (.both, .none, 14),
        (.forward, .causal, 2), (.backward, .causal, 5), (.both, .causal, 7),
      ])
    func operations(pass: Pass, mask: BenchMask, factor: Double) {
      var point = BenchCase()
      point.shape = BenchShape(100, 3, 20)
      point.pass = pass
      point.mask = mask
      #expect(point.operations == factor * 100 * 100 * 20 * 3)
    }
  }
#endif
