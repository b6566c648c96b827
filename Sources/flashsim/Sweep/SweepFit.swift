internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// A quantity that accesses are a power of.
enum SweepFactor: String, CaseIterable {
  case tokens
  case headDim = "head_dim"
  case sram
  case density
  case blockRows = "block_rows"
  case blockColumns = "block_columns"

  /// How the papers write it.
  var symbol: String {
    switch self {
    case .tokens: "N"
    case .headDim: "d"
    case .sram: "M"
    case .density: "s"
    case .blockRows: "B_r"
    case .blockColumns: "B_c"
    }
  }

  /// What was asked for at a point; nil where nothing was.
  func asked(_ point: SweepPoint) -> Double? {
    switch self {
    case .tokens: Double(point.configuration.queries)
    case .headDim: Double(point.configuration.headDim)
    case .sram: point.configuration.sram.byteCount.map { Double($0) / 4 }
    case .density: point.density
    case .blockRows: point.blockRows.map(Double.init)
    case .blockColumns: point.blockColumns.map(Double.init)
    }
  }

  /// What there was: the blocks that are computed are whole ones, and none is larger than the problem.
  func found(_ record: SweepRecord) -> Double? {
    switch self {
    case .tokens, .headDim, .sram: asked(record.point)
    case .density: record.liveFraction
    case .blockRows: Double(record.blocks.rows)
    case .blockColumns: Double(record.blocks.columns)
    }
  }
}

/// Which accesses a law is fitted to.
enum FittedAccesses: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// All.
  case total
  /// Those of the main part.
  case main
  /// Those that are made for blocks of S.
  case blocks

  /// The elements that were read and written.
  func elements(_ record: SweepRecord) -> Int {
    switch self {
    case .total: record.hbm.elements
    case .main: record.main.elements
    case .blocks: record.forBlocks.elements
    }
  }

  /// Where they are made, after "elements read and written".
  var meaning: String {
    switch self {
    case .total: "in all"
    case .main: "in the main part"
    case .blocks: "for blocks of S"
    }
  }
}

/// The law of one algorithm and pass.
struct SweepFit {
  let algorithm: Algorithm
  let pass: Pass
  /// The quantities that vary.
  let factors: [SweepFactor]
  let law: PowerLaw
  /// How many points it is fitted to: those where something is accessed.
  let pointCount: Int

  /// The laws of all algorithms and passes, in the order of their first points; none where nothing
  /// varies.
  static func all(_ records: [SweepRecord], _ accesses: FittedAccesses) -> [SweepFit] {
    let factors = SweepFactor.allCases.filter { factor in
      let asked = records.map { factor.asked($0.point) }
      return !asked.contains(nil) && Set(asked).count > 1
    }
    if factors.isEmpty { return [] }
    var groups: [(algorithm: Algorithm, pass: Pass)] = []
    for record in records {
      let group = (record.point.configuration.algorithm, record.point.configuration.pass)
      if !groups.contains(where: { $0 == group }) { groups.append(group) }
    }
    return groups.compactMap { group in
      let points = records.filter {
        ($0.point.configuration.algorithm, $0.point.configuration.pass) == group
          && accesses.elements($0) > 0 && $0.liveBlocks.live > 0
      }
      if points.isEmpty { return nil }
      return SweepFit(
        algorithm: group.algorithm, pass: group.pass, factors: factors,
        law: PowerLaw(
          factors: factors.map { factor in points.compactMap(factor.found) },
          values: points.map { Double(accesses.elements($0)) }),
        pointCount: points.count)
    }
  }
}
