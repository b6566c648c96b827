internal import FlashCore
internal import HBMSim

extension BenchReport {
  /// A line a case, under a line of names; the names are those of the JSON, joined by dots.
  var csv: String {
    let names = Self.fields.map(\.name).joined(separator: ",")
    let lines = records.map { record in
      Self.fields.map { $0.value(record) }.joined(separator: ",")
    }
    return ([names] + lines).joined(separator: "\n") + "\n"
  }

  private static let fields: [(name: String, value: @Sendable (BenchRecord) -> String)] = [
    ("pass", { "\($0.point.pass)" }),
    ("mask", { $0.point.mask.rawValue }),
    ("tokens", { "\($0.point.shape.tokens)" }),
    ("heads", { "\($0.point.shape.heads)" }),
    ("head_dim", { "\($0.point.shape.headDim)" }),
    ("dtype", { $0.point.type.rawValue }),
    ("blocks.rows", { "\($0.blocks.rows)" }),
    ("blocks.columns", { "\($0.blocks.columns)" }),
    ("threads", { "\($0.point.threads)" }),
    ("pairs", { "\($0.flash.seconds.count)" }),
    ("operations", { "\(Int($0.point.operations))" }),
    ("flash2.seconds", { "\(Quartiles($0.flash.seconds).median)" }),
    ("flash2.thread_seconds", { $0.flash.threadMedian.map { "\($0)" } ?? "" }),
    ("flash2.rate", { "\($0.rate.median)" }),
    ("naive.seconds", { $0.naive.map { "\(Quartiles($0.seconds).median)" } ?? "" }),
    ("naive.thread_seconds", { $0.naive?.threadMedian.map { "\($0)" } ?? "" }),
    ("peak.rate", { "\(Quartiles($0.peak.rates).median)" }),
    ("peak_fraction.lower", { "\($0.fraction.lower)" }),
    ("peak_fraction.median", { "\($0.fraction.median)" }),
    ("peak_fraction.upper", { "\($0.fraction.upper)" }),
    ("thread_peak_fraction.median", { $0.threadFraction.map { "\($0.median)" } ?? "" }),
    ("ratio.lower", { $0.ratio.map { "\($0.lower)" } ?? "" }),
    ("ratio.median", { $0.ratio.map { "\($0.median)" } ?? "" }),
    ("ratio.upper", { $0.ratio.map { "\($0.upper)" } ?? "" }),
    ("roofline.products", { "\($0.roofline.products)" }),
    ("roofline.exp", { "\($0.roofline.exponentials)" }),
    ("roofline.bytes", { "\($0.roofline.bytes)" }),
    ("roofline.bound", { $0.roofline.bound }),
    ("noise", { $0.noise.word }),
  ]
}
