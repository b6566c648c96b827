internal import FlashCore
internal import HBMSim

/// What moved at a point of a sweep.
struct SweepRecord {
  let point: SweepPoint
  let shape: AttentionShape
  let blocks: Blocks
  /// Blocks of S that are computed, of all that there are; over batch and heads.
  let liveBlocks: (live: Int, total: Int)
  let precision: Precision
  /// All that moved.
  let hbm: Traffic
  /// What the main part moved: all phases but `initialize`.
  let main: Traffic
  /// What moved for blocks of S: all that would not move if none were computed. Of standard attention,
  /// which writes S whatever is computed of it, the main part.
  let forBlocks: Traffic
  let closedForm: Traffic
  /// The time of the run; nil where nothing ran.
  let seconds: Double?

  /// What a plan says, or what a run of it counted.
  init(_ point: SweepPoint, _ plan: AttentionPlan, counted: Ledger? = nil, seconds: Double? = nil) {
    let closedForm = plan.closedForm
    let ledger = counted ?? closedForm
    self.point = point
    shape = plan.shape
    blocks = plan.blocks
    liveBlocks = plan.liveBlocks
    precision = plan.precision
    hbm = ledger.total
    main = ledger.total - ledger.traffic(in: .initialize)
    let moving = ledger.total - plan.closedFormWithoutBlocks.total
    forBlocks = moving == .zero ? main : moving
    self.closedForm = closedForm.total
    self.seconds = seconds
  }

  /// The part of the blocks that is computed.
  var liveFraction: Double { Double(liveBlocks.live) / Double(liveBlocks.total) }
}
