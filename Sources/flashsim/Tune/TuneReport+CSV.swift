internal import FlashCore
internal import HBMSim

extension TuneReport {
  /// A line a choice, under a line of names; the names are those of the JSON, joined by dots.
  var csv: String {
    let lines = records.flatMap { record in
      record.choices.map { choice in
        Self.conditions.map { $0.value(record) } + Self.findings.map { $0.value(record, choice) }
      }
    }
    return ([Self.conditions.map(\.name) + Self.findings.map(\.name)] + lines)
      .map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  /// What all choices of a run have in common.
  private static let conditions: [(name: String, value: @Sendable (TuneRecord) -> String)] = [
    ("algorithm", { $0.configuration.algorithm.rawValue }),
    ("pass", { $0.configuration.pass.rawValue }),
    ("mask", { $0.configuration.maskName }),
    ("dropout", { "\($0.configuration.dropout)" }),
    ("softcap", { $0.configuration.softcap.map { "\($0)" } ?? "" }),
    ("shape.batch", { "\($0.least.plan.shape.batch)" }),
    ("shape.heads", { "\($0.least.plan.shape.heads)" }),
    ("shape.kv_heads", { "\($0.least.plan.shape.kvHeads)" }),
    ("shape.queries", { "\($0.least.plan.shape.queries)" }),
    ("shape.keys", { "\($0.least.plan.shape.keys)" }),
    ("shape.head_dim", { "\($0.least.plan.shape.headDim)" }),
    ("shape.value_dim", { "\($0.least.plan.shape.valueDim)" }),
    ("dtype", { $0.least.plan.precision.elementType.rawValue }),
    ("accumulator", { $0.least.plan.precision.accumulatorType.rawValue }),
    ("sram.capacity_bytes", { $0.configuration.sram.byteCount.map(String.init) ?? "" }),
    ("search.candidates", { "\($0.candidates)" }),
    ("search.exhaustive", { "\($0.isExhaustive)" }),
  ]

  /// What is a choice's own.
  private static let findings:
    [(name: String, value: @Sendable (TuneRecord, TuneChoice) -> String)] = [
      ("name", { $1.source.rawValue }),
      ("blocks.rows", { "\($1.plan.blocks.rows)" }),
      ("blocks.columns", { "\($1.plan.blocks.columns)" }),
      ("footprint_bytes", { "\($1.plan.footprint)" }),
      ("fits", { "\($1.fits)" }),
      ("hbm.read_elements", { "\($1.hbm.readElements)" }),
      ("hbm.written_elements", { "\($1.hbm.writtenElements)" }),
      ("hbm.read_bytes", { "\($1.hbm.readBytes)" }),
      ("hbm.written_bytes", { "\($1.hbm.writtenBytes)" }),
      ("ratio", { "\($0.ratio($1))" }),
    ]
}
