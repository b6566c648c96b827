internal import FlashCore
internal import HBMSim

extension TuneReport {
  /// The JSON that scripts read; see docs/json.md.
  var json: String {
    get throws {
      try reportJSON(
        TuneDocument(
          context: .host,
          runs: records.map(TuneDocument.Run.init)))
    }
  }
}

/// The schema `flashsim.tune/1`. Names are fixed.
struct TuneDocument: Encodable {
  var schema = "flashsim.tune/1"
  let context: RunDocument.Context
  let runs: [Run]

  struct Run: Encodable {
    let algorithm: String
    let pass: String
    let mask: String
    let dropout: Double
    let softcap: Float?
    let shape: RunDocument.Shape
    let dtype: String
    let accumulator: String
    let sram: SweepDocument.SRAM
    let search: Search
    let choices: [Choice]
    let budget: [Kernel]
    let devices: [DeviceFit]
  }

  struct Search: Encodable {
    let candidates: Int
    let exhaustive: Bool
  }

  struct Choice: Encodable {
    let name: String
    let blocks: RunDocument.BlockSizes
    let footprint: Int
    let fits: Bool
    let hbm: RunDocument.Moved
    let ratio: Double

    enum CodingKeys: String, CodingKey {
      case name, blocks
      case footprint = "footprint_bytes"
      case fits, hbm, ratio
    }
  }

  struct Kernel: Encodable {
    let kernel: String
    let shares: [Share]
  }

  struct Share: Encodable {
    let name: String
    let bytes: Int
  }

  struct DeviceFit: Encodable {
    let name: String
    let sram: Int
    let fits: Bool

    enum CodingKeys: String, CodingKey {
      case name
      case sram = "sram_bytes"
      case fits
    }
  }
}

extension TuneDocument.Run {
  fileprivate init(_ record: TuneRecord) {
    let plan = record.least.plan
    let shape = plan.shape
    algorithm = plan.algorithm.rawValue
    pass = plan.pass.rawValue
    mask = record.configuration.maskName
    dropout = record.configuration.dropout
    softcap = record.configuration.softcap
    self.shape = RunDocument.Shape(shape)
    dtype = plan.precision.elementType.rawValue
    accumulator = plan.precision.accumulatorType.rawValue
    sram = SweepDocument.SRAM(capacity: record.configuration.sram.byteCount)
    search = TuneDocument.Search(
      candidates: record.candidates, exhaustive: record.isExhaustive)
    choices = record.choices.map { choice in
      TuneDocument.Choice(
        name: choice.source.rawValue,
        blocks: RunDocument.BlockSizes(
          rows: choice.plan.blocks.rows, columns: choice.plan.blocks.columns),
        footprint: choice.plan.footprint, fits: choice.fits,
        hbm: RunDocument.Moved(choice.hbm), ratio: record.ratio(choice))
    }
    budget = plan.budgets.map { budget in
      TuneDocument.Kernel(
        kernel: budget.kernel,
        shares: budget.shares.map { TuneDocument.Share(name: $0.name, bytes: $0.bytes) })
    }
    devices = record.devices.map {
      TuneDocument.DeviceFit(name: $0.device.name, sram: $0.device.sram, fits: $0.fits)
    }
  }
}
