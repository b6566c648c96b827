internal import FlashCore
internal import HBMSim

extension SweepReport {
  /// A line a point, under a line of names; the names are those of the JSON, joined by dots.
  var csv: String {
    let names = ["mode"] + Self.fields.map(\.name)
    let lines = records.map { record in
      [mode.rawValue] + Self.fields.map { field in field.value(record) }
    }
    return ([names] + lines).map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  private static let fields: [(name: String, value: @Sendable (SweepRecord) -> String)] = [
    ("algorithm", { $0.point.configuration.algorithm.rawValue }),
    ("pass", { $0.point.configuration.pass.rawValue }),
    ("mask", { $0.point.configuration.maskName }),
    ("shape.batch", { "\($0.shape.batch)" }),
    ("shape.heads", { "\($0.shape.heads)" }),
    ("shape.queries", { "\($0.shape.queries)" }),
    ("shape.keys", { "\($0.shape.keys)" }),
    ("shape.head_dim", { "\($0.shape.headDim)" }),
    ("dtype", { $0.precision.elementType.rawValue }),
    ("sram.capacity_bytes", { $0.point.configuration.sram.byteCount.map(String.init) ?? "" }),
    ("blocks.rows", { "\($0.blocks.rows)" }),
    ("blocks.columns", { "\($0.blocks.columns)" }),
    ("density", { $0.point.density.map { "\($0)" } ?? "" }),
    ("live_fraction", { "\($0.liveFraction)" }),
    ("hbm.read_elements", { "\($0.hbm.readElements)" }),
    ("hbm.written_elements", { "\($0.hbm.writtenElements)" }),
    ("hbm.read_bytes", { "\($0.hbm.readBytes)" }),
    ("hbm.written_bytes", { "\($0.hbm.writtenBytes)" }),
    ("main.read_elements", { "\($0.main.readElements)" }),
    ("main.written_elements", { "\($0.main.writtenElements)" }),
    ("for_blocks.read_elements", { "\($0.forBlocks.readElements)" }),
    ("for_blocks.written_elements", { "\($0.forBlocks.writtenElements)" }),
    ("seconds", { $0.seconds.map { "\($0)" } ?? "" }),
  ]
}
