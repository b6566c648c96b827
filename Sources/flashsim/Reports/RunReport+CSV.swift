internal import FlashCore
internal import HBMSim
internal import SIMDKernels

extension RunReport {
  /// A line a run, under a line of names; the names are those of the JSON, joined by dots.
  var csv: String {
    let names = Self.fields.map(\.name).joined(separator: ",")
    let lines = records.map { record in
      Self.fields.map { field in csvCell(field.value(record)) }.joined(separator: ",")
    }
    return ([names] + lines).joined(separator: "\n") + "\n"
  }

  private static let fields: [(name: String, value: @Sendable (RunRecord) -> String)] = [
    ("algorithm", { $0.plan.algorithm.rawValue }),
    ("pass", { $0.configuration.pass.rawValue }),
    ("mask", { $0.configuration.maskName }),
    ("bias", { $0.configuration.biasFile ?? "" }),
    ("pattern", { $0.configuration.patternName }),
    ("dropout", { "\($0.configuration.dropout)" }),
    ("softcap", { $0.configuration.softcap.map { "\($0)" } ?? "" }),
    ("alibi", { "\($0.configuration.usesALiBi)" }),
    ("mode", { $0.plan.machine.mode.rawValue }),
    ("shape.batch", { "\($0.plan.shape.batch)" }),
    ("shape.heads", { "\($0.plan.shape.heads)" }),
    ("shape.kv_heads", { "\($0.plan.shape.kvHeads)" }),
    ("shape.queries", { "\($0.plan.shape.queries)" }),
    ("shape.keys", { "\($0.plan.shape.keys)" }),
    ("shape.head_dim", { "\($0.plan.shape.headDim)" }),
    ("shape.value_dim", { "\($0.plan.shape.valueDim)" }),
    ("dtype", { $0.plan.precision.elementType.rawValue }),
    ("accumulator", { $0.plan.precision.accumulatorType.rawValue }),
    ("scale", { "\($0.plan.scale)" }),
    ("seed", { "\($0.configuration.seed)" }),
    ("blocks.rows", { "\($0.plan.blocks.rows)" }),
    ("blocks.columns", { "\($0.plan.blocks.columns)" }),
    ("splits", { $0.plan.splits.map { "\($0)" } ?? "" }),
    ("sram.capacity_bytes", { $0.plan.machine.sram.byteCount.map(String.init) ?? "" }),
    ("sram.peak_bytes", { "\($0.execution.peakSRAM)" }),
    ("hbm.read_elements", { "\($0.traffic.readElements)" }),
    ("hbm.written_elements", { "\($0.traffic.writtenElements)" }),
    ("hbm.read_bytes", { "\($0.traffic.readBytes)" }),
    ("hbm.written_bytes", { "\($0.traffic.writtenBytes)" }),
    ("memory.input_bytes", { "\($0.memory.bytes(of: .input))" }),
    ("memory.output_bytes", { "\($0.memory.bytes(of: .output))" }),
    ("memory.saved_bytes", { "\($0.memory.bytes(of: .saved))" }),
    ("memory.temporary_bytes", { "\($0.memory.bytes(of: .temporary))" }),
    ("memory.total_bytes", { "\($0.memory.bytes)" }),
    ("standard.read_bytes", { "\($0.standard.readBytes)" }),
    ("standard.written_bytes", { "\($0.standard.writtenBytes)" }),
    ("bound.name", { $0.bound.name }),
    ("bound.elements", { "\($0.bound.elements)" }),
    ("bound.ratio", { "\($0.gap)" }),
    ("flops.matmul", { "\($0.execution.operations.matmul)" }),
    ("flops.exp", { "\($0.execution.operations.exp)" }),
    ("flops.other", { "\($0.execution.operations.other)" }),
    ("error.tensor", { $0.error?.tensor ?? "" }),
    ("error.max_abs", { $0.error.map { "\($0.maxAbs)" } ?? "" }),
    ("naive.max_abs", { $0.naive.map { "\($0.maxError)" } ?? "" }),
    ("naive.seconds", { $0.naive.map { "\($0.seconds)" } ?? "" }),
    ("threads", { "\($0.plan.machine.threads)" }),
    ("simd", { $0.plan.machine.simd.rawValue }),
    ("seconds", { "\($0.seconds)" }),
  ]
}
