internal import FlashCore

/// What was measured of a case.
struct BenchRecord {
  let point: BenchCase
  let blocks: Blocks
  /// The peak of the host on as many threads, in the same rounds.
  let peak: BenchSeries
  let flash: BenchSeries
  /// Naive attention by OpenBLAS, where it was measured.
  let naive: BenchSeries?
  /// Why it was not, where it was not.
  let naiveReason: String?
  let roofline: BenchRoofline

  /// FlashAttention-2's operations per second.
  var rate: Quartiles { Quartiles(flash.rates) }

  /// The part of the peak that it comes to, round by round.
  var fractions: [Double] { zip(flash.rates, peak.rates).map { $0 / $1 } }

  /// How many times as long naive attention takes, round by round; above 1 FlashAttention-2 is faster.
  var ratios: [Double]? {
    naive.map { zip($0.seconds, flash.seconds).map { $0 / $1 } }
  }

  /// The quartiles of ``fractions``.
  var fraction: Quartiles { Quartiles(fractions) }

  /// The same by the time that the thread computed, where there is one alone: steadier where others
  /// use the machine too, but not what users wait for.
  var threadFraction: Quartiles? {
    if flash.threadSeconds.isEmpty { return nil }
    return Quartiles(
      zip(flash.threadSeconds, peak.threadSeconds).map { flash.work / $0 / (peak.work / $1) })
  }

  /// The quartiles of ``ratios``.
  var ratio: Quartiles? { ratios.map { Quartiles($0) } }

  /// The part of the median time that the roofline explains.
  var explained: Double { roofline.floor / Quartiles(flash.seconds).median }

  /// Whether the ratio, or the part of the peak where there is none, and the peak itself hold still.
  var noise: BenchNoise {
    let figure = ratio.map { ("ratio", $0) } ?? ("part of the peak", fraction)
    return BenchNoise([figure, ("FMA peak", Quartiles(peak.rates))])
  }
}

/// The rate of a resource of the host.
struct HostRecord {
  let resource: HostResource
  let series: BenchSeries

  /// Work per second.
  var rate: Quartiles { Quartiles(series.rates) }
}
