internal import FlashCore
internal import HBMSim

extension BenchReport {
  /// The JSON that scripts read; see docs/json.md.
  var json: String {
    get throws {
      try reportJSON(
        BenchDocument(
          context: .host, host: host.map(BenchDocument.Resource.init),
          runs: records.map(BenchDocument.Run.init)))
    }
  }
}

/// The schema `flashsim.bench/1`. Names are fixed.
private struct BenchDocument: Encodable {
  var schema = "flashsim.bench/1"
  let context: RunDocument.Context
  let host: [Resource]
  let runs: [Run]

  struct Resource: Encodable {
    let resource: String
    let measured: Series

    init(_ record: HostRecord) {
      resource = record.resource.rawValue
      measured = Series(record.series)
    }
  }

  /// Times of a subject, in the order in which they were taken.
  struct Series: Encodable {
    let threads: Int
    let work: Double
    let repeats: Int
    let seconds: [Double]
    let threadSeconds: [Double]?
    /// Work per second.
    let rate: Range

    enum CodingKeys: String, CodingKey {
      case threads, work, repeats, seconds
      case threadSeconds = "thread_seconds"
      case rate
    }

    init(_ series: BenchSeries) {
      threads = series.threads
      work = series.work
      repeats = series.repeats
      seconds = series.seconds
      threadSeconds = series.threadSeconds.isEmpty ? nil : series.threadSeconds
      rate = Range(Quartiles(series.rates))
    }
  }

  struct Range: Encodable {
    let lower: Double
    let median: Double
    let upper: Double

    init(_ quartiles: Quartiles) {
      lower = quartiles.lower
      median = quartiles.median
      upper = quartiles.upper
    }
  }

  struct Floors: Encodable {
    let products: Double
    let exp: Double
    let bytes: Double
    let bound: String
    let floor: Double

    init(_ roofline: BenchRoofline) {
      products = roofline.products
      exp = roofline.exponentials
      bytes = roofline.bytes
      bound = roofline.bound
      floor = roofline.floor
    }
  }

  struct Figure: Encodable {
    let name: String
    let spread: Double
  }

  struct Run: Encodable {
    let pass: String
    let mask: String
    let tokens: Int
    let heads: Int
    let headDim: Int
    let dtype: String
    let blocks: RunDocument.BlockSizes
    let threads: Int
    let pairs: Int
    let operations: Double
    let flash2: Series
    let naive: Series?
    let naiveReason: String?
    let peak: Series
    let peakFraction: Range
    let threadPeakFraction: Range?
    let ratio: Range?
    let roofline: Floors
    let noise: String
    let noisyFigures: [Figure]

    enum CodingKeys: String, CodingKey {
      case pass, mask, tokens, heads
      case headDim = "head_dim"
      case dtype, blocks, threads, pairs, operations, flash2, naive
      case naiveReason = "naive_reason"
      case peak
      case peakFraction = "peak_fraction"
      case threadPeakFraction = "thread_peak_fraction"
      case ratio, roofline, noise
      case noisyFigures = "noisy_figures"
    }

    init(_ record: BenchRecord) {
      let point = record.point
      pass = point.pass.rawValue
      mask = point.mask.rawValue
      tokens = point.shape.tokens
      heads = point.shape.heads
      headDim = point.shape.headDim
      dtype = point.type.rawValue
      blocks = RunDocument.BlockSizes(rows: record.blocks.rows, columns: record.blocks.columns)
      threads = point.threads
      pairs = record.flash.seconds.count
      operations = point.operations
      flash2 = Series(record.flash)
      naive = record.naive.map(Series.init)
      naiveReason = record.naiveReason
      peak = Series(record.peak)
      peakFraction = Range(record.fraction)
      threadPeakFraction = record.threadFraction.map(Range.init)
      ratio = record.ratio.map(Range.init)
      roofline = Floors(record.roofline)
      noise = record.noise.word
      noisyFigures = record.noise.figures.map { Figure(name: $0.name, spread: $0.spread) }
    }
  }
}
