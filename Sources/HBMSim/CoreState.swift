public import KernelInterface

/// What a core is made of: its SRAM, its counters and its kernels.
///
/// Tiles point to it, so that they can give back what they took.
@_spi(TileStorage)
public struct CoreState {
  /// Elements that moved of one tensor in one phase.
  struct Access {
    var reads = 0
    var writes = 0
  }

  /// Memory that a tile has given back.
  private struct Spare {
    let floats: Int
    let base: UnsafeMutablePointer<Float>
  }

  /// A tile that is only read, as it would lie with its lines along the other axis.
  private struct Turned {
    let tile: Int
    let isTransposed: Bool
    let floats: Int
    let base: UnsafeMutablePointer<Float>
  }

  /// The kernels that compute on tiles.
  public let kernels: UnsafePointer<Kernels>
  /// Whether there are numbers, or sizes alone.
  public let executes: Bool
  /// The axis that SIMD lanes run along.
  let lanes: any Axis.Type
  /// What the launch declared, in bytes.
  let footprint: Int
  let records: [HBM.Record]
  /// Where programs of the launch take turns.
  let turns: Turns?
  let observer: (any MachineObserver)?

  /// The index of the program that runs.
  private(set) var program = 0
  private(set) var used = 0
  private(set) var peak = 0
  private(set) var operations = Operations()
  private var tiles = 0
  private var phases: [Phase] = [.main]
  private var phase = 0
  private var accesses: [Access]
  private var spares: [Spare] = []
  private var turned: [Turned] = []

  init(
    kernels: UnsafePointer<Kernels>, executes: Bool, lanes: any Axis.Type, footprint: Int,
    records: [HBM.Record], turns: Turns?, observer: (any MachineObserver)?
  ) {
    self.kernels = kernels
    self.executes = executes
    self.lanes = lanes
    self.footprint = footprint
    self.records = records
    self.turns = turns
    self.observer = observer
    accesses = Array(repeating: Access(), count: records.count)
  }

  // MARK: - SRAM

  /// Takes `bytes` of SRAM and gives the number of the tile.
  mutating func allocate(bytes: Int) -> Int {
    tiles += 1
    #if !UNCOUNTED
      used += bytes
      precondition(used <= footprint, "SRAM footprint exceeded")
      peak = max(peak, used)
      if let observer {
        observer.observe(.allocation(Residency(tile: tiles, bytes: bytes, used: used)))
      }
    #endif
    return tiles
  }

  /// Gives `bytes` of SRAM back.
  mutating func release(tile: Int, bytes: Int) {
    #if !UNCOUNTED
      used -= bytes
      if let observer {
        observer.observe(.release(Residency(tile: tile, bytes: bytes, used: used)))
      }
    #endif
  }

  /// Memory for `floats` floats, aligned to a cache line; what was given back last comes first,
  /// because it is still in the cache.
  @_spi(TileStorage)
  public mutating func takeMemory(_ floats: Int) -> UnsafeMutablePointer<Float> {
    let base: UnsafeMutablePointer<Float>
    if let i = spares.lastIndex(where: { $0.floats == floats }) {
      base = spares.remove(at: i).base
    } else {
      base =
        UnsafeMutableRawPointer
        .allocate(byteCount: floats * MemoryLayout<Float>.stride, alignment: 64)
        .bindMemory(to: Float.self, capacity: floats)
    }
    #if CHECKED
      base.update(repeating: .nan, count: floats)
    #endif
    return base
  }

  /// Takes memory back.
  @_spi(TileStorage)
  public mutating func giveMemory(_ base: UnsafeMutablePointer<Float>, _ floats: Int) {
    #if CHECKED
      base.update(repeating: .nan, count: floats)
    #endif
    spares.append(Spare(floats: floats, base: base))
  }

  /// A tile that is only read, turned or moved as a product needs it, by whoever asks first: it is kept
  /// until the tile is gone.
  @_spi(TileStorage)
  public mutating func turned(
    tile: Int, isTransposed: Bool, floats: Int, _ fill: (UnsafeMutablePointer<Float>) -> Void
  ) -> UnsafeMutablePointer<Float> {
    if let kept = turned.first(where: { $0.tile == tile && $0.isTransposed == isTransposed }) {
      return kept.base
    }
    let base = takeMemory(floats)
    fill(base)
    turned.append(Turned(tile: tile, isTransposed: isTransposed, floats: floats, base: base))
    return base
  }

  /// Takes back what was kept of a tile that is gone.
  mutating func forget(tile: Int) {
    while let i = turned.lastIndex(where: { $0.tile == tile }) {
      let gone = turned.remove(at: i)
      giveMemory(gone.base, gone.floats)
    }
  }

  /// Frees all memory that was given back.
  mutating func freeMemory() {
    for spare in spares { spare.base.deallocate() }
    spares = []
  }

  // MARK: - Counters

  /// A program begins, and with it phase `main`; the last program on this core may have ended in
  /// another.
  mutating func beginProgram(_ index: Int) {
    program = index
    phase = 0
  }

  /// From here on, traffic belongs to this phase.
  mutating func begin(_ phase: Phase) {
    if let i = phases.firstIndex(of: phase) {
      self.phase = i
    } else {
      phases.append(phase)
      accesses.append(contentsOf: Array(repeating: Access(), count: records.count))
      self.phase = phases.count - 1
    }
    observer?.observe(.phase(phase))
  }

  mutating func count<Rows: Axis, Columns: Axis>(
    _ direction: Transfer.Direction, _ block: HBMBlock<Rows, Columns>
  ) {
    #if !UNCOUNTED
      let slot = block.matrix.tensor.slot
      switch direction {
      case .load: accesses[phase * records.count + slot].reads += block.count
      case .store: accesses[phase * records.count + slot].writes += block.count
      }
      if let observer {
        observer.observe(
          .transfer(
            Transfer(
              direction: direction, tensor: records[slot].name, matrix: block.matrix.index,
              rows: block.firstRow..<block.firstRow + block.rows,
              columns: block.firstColumn..<block.firstColumn + block.columns,
              bytes: block.count * records[slot].elementType.size)))
      }
    #endif
  }

  /// Counts what is about to be computed.
  @_spi(TileStorage)
  public mutating func count(_ operations: Operations) {
    #if !UNCOUNTED
      self.operations = self.operations + operations
      observer?.observe(.compute(operations))
    #endif
  }

  /// What this core has done.
  var execution: Execution {
    var ledger = Ledger()
    for (p, phase) in phases.enumerated() {
      for (slot, record) in records.enumerated() {
        let access = accesses[p * records.count + slot]
        ledger.add(
          Traffic(reads: access.reads, writes: access.writes, of: record.elementType),
          phase: phase, tensor: record.name)
      }
    }
    return Execution(ledger: ledger, operations: operations, peakSRAM: peak)
  }
}
