internal import FlashCore
internal import HBMSim

extension SweepReport {
  /// The JSON that scripts read; see docs/json.md.
  var json: String {
    get throws {
      try reportJSON(
        SweepDocument(
          context: .host,
          mode: mode.rawValue, points: records.map(SweepDocument.Point.init),
          fits: fits.map { SweepDocument.Fit($0, accesses) }))
    }
  }
}

/// The schema `flashsim.sweep/1`. Names are fixed.
struct SweepDocument: Encodable {
  var schema = "flashsim.sweep/1"
  let context: RunDocument.Context
  let mode: String
  let points: [Point]
  let fits: [Fit]

  struct Point: Encodable {
    let algorithm: String
    let pass: String
    let mask: String
    let shape: RunDocument.Shape
    let dtype: String
    let sram: SRAM
    let blocks: RunDocument.BlockSizes
    let density: Double?
    let liveBlocks: Int
    let liveFraction: Double
    let hbm: RunDocument.Moved
    let main: RunDocument.Moved
    let forBlocks: RunDocument.Moved
    let closedForm: RunDocument.Moved
    let seconds: Double?

    enum CodingKeys: String, CodingKey {
      case algorithm, pass, mask, shape, dtype, sram, blocks, density
      case liveBlocks = "live_blocks"
      case liveFraction = "live_fraction"
      case hbm, main
      case forBlocks = "for_blocks"
      case closedForm = "closed_form"
      case seconds
    }
  }

  struct SRAM: Encodable {
    let capacity: Int?

    enum CodingKeys: String, CodingKey {
      case capacity = "capacity_bytes"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      // A null, where the synthesized method would leave the key out.
      try container.encode(capacity, forKey: .capacity)
    }
  }

  struct Fit: Encodable {
    let algorithm: String
    let pass: String
    let accesses: String
    let exponents: [String: Double]
    let constant: Double?
    let rSquared: Double?
    let inseparable: [[String]]
    let points: Int

    enum CodingKeys: String, CodingKey {
      case algorithm, pass, accesses, exponents, constant
      case rSquared = "r_squared"
      case inseparable, points
    }
  }
}

extension SweepDocument.Point {
  fileprivate init(_ record: SweepRecord) {
    let configuration = record.point.configuration
    let shape = record.shape
    algorithm = configuration.algorithm.rawValue
    pass = configuration.pass.rawValue
    mask = configuration.maskName
    self.shape = RunDocument.Shape(shape)
    dtype = record.precision.elementType.rawValue
    sram = SweepDocument.SRAM(capacity: configuration.sram.byteCount)
    blocks = RunDocument.BlockSizes(rows: record.blocks.rows, columns: record.blocks.columns)
    density = record.point.density
    liveBlocks = record.liveBlocks.live
    liveFraction = record.liveFraction
    hbm = RunDocument.Moved(record.hbm)
    main = RunDocument.Moved(record.main)
    forBlocks = RunDocument.Moved(record.forBlocks)
    closedForm = RunDocument.Moved(record.closedForm)
    seconds = record.seconds
  }
}

extension SweepDocument.Fit {
  fileprivate init(_ fit: SweepFit, _ accesses: FittedAccesses) {
    algorithm = fit.algorithm.rawValue
    pass = fit.pass.rawValue
    self.accesses = accesses.rawValue
    exponents = Dictionary(
      uniqueKeysWithValues: zip(fit.factors, fit.law.exponents).compactMap { factor, exponent in
        exponent.map { (factor.rawValue, $0) }
      })
    constant = fit.law.constant
    rSquared = fit.law.rSquared
    inseparable = fit.law.inseparable.map { set in set.map { fit.factors[$0].rawValue } }
    points = fit.pointCount
  }
}
