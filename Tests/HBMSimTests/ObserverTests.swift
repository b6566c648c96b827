import HBMSim
import Testing
import TileKernels

@Suite("An observer")
struct ObserverTests {
  /// Two programs, each a block of weights with a ragged edge.
  private func record(_ mode: Machine.Mode) throws -> (events: [MachineEvent], run: Execution) {
    let recorder = Recorder()
    let machine = Machine(mode: mode, threads: 7, observer: recorder)
    let memory = machine.makeMemory()
    let Q: HBMTensor<Queries, Features> = memory.ramp("Q", matrices: 2, rows: 5, columns: 4)
    let K: HBMTensor<Keys, Features> = memory.ramp("K", rows: 3, columns: 4)
    let P: HBMTensor<Queries, Keys> = memory.allocate("P", matrices: 2, rows: 5, columns: 3)
    let launch = Launch(grid: 2, footprint: 1 << 10, lanes: Queries.self)
    let run = try machine.launch(launch, memory: memory) { core, index in
      core.begin(.initialize)
      core.fill(P[index].blocks(rows: 2, columns: 2)[0, 1], with: 0)
      core.begin(.main)
      let Qi = core.load(Q[index].blocks(rows: 3)[1])
      let Kj = core.load(K[0].blocks(rows: 3)[0])
      let S = product(Qi, transposed: Kj, scaledBy: 0.5)
      let m = rowMax(S)
      let P1 = exp(S, minus: m)
      core.store(P1, to: P[index].blocks(rows: 3)[1])
    }
    return (recorder.events, run)
  }

  @Test("is told all that happens, in order", arguments: Machine.Mode.allCases)
  func order(mode: Machine.Mode) throws {
    let program = { (index: Int) in
      // Tiles are numbered through the grid: Qᵢ, Kⱼ, S (and then P, in its place), m.
      let (Q, K, S, m) = (4 * index + 1, 4 * index + 2, 4 * index + 3, 4 * index + 4)
      return [
        "begin \(index)",
        "phase initialize",
        "store P[\(index)] 0..<2 × 2..<3, 8 bytes",
        "phase main",
        "load Q[\(index)] 3..<5 × 0..<4, 32 bytes",
        "tile \(Q) takes 32, 32 used",
        "load K[0] 0..<3 × 0..<4, 48 bytes",
        "tile \(K) takes 48, 80 used",
        "tile \(S) takes 24, 104 used",
        "compute 48 matmul, 0 exp, 6 other",
        "compute 0 matmul, 0 exp, 6 other",
        "tile \(m) takes 8, 112 used",
        "compute 0 matmul, 6 exp, 6 other",
        "store P[\(index)] 3..<5 × 0..<3, 24 bytes",
        "tile \(S) gives 24, 88 used",
        "tile \(m) gives 8, 80 used",
        "tile \(K) gives 48, 32 used",
        "tile \(Q) gives 32, 0 used",
        "end \(index)",
      ]
    }
    #expect(try record(mode).events.map(text) == program(0) + program(1))
  }

  @Test("can count for itself what the machine counts")
  func sums() throws {
    let (events, run) = try record(.count)
    var traffic = Traffic.zero
    var operations = Operations()
    var (used, peak) = (0, 0)
    for event in events {
      switch event {
      case .transfer(let transfer):
        #expect(transfer.bytes == 4 * transfer.rows.count * transfer.columns.count)
        switch transfer.direction {
        case .load: traffic.readBytes += transfer.bytes
        case .store: traffic.writtenBytes += transfer.bytes
        }
      case .compute(let some):
        operations = operations + some
      case .allocation(let residency):
        used += residency.bytes
        peak = max(peak, used)
        #expect(residency.used == used)
      case .release(let residency):
        used -= residency.bytes
        #expect(residency.used == used)
      case .begin, .end:
        #expect(used == 0)
      case .phase:
        break
      }
    }
    #expect(traffic.readBytes == run.traffic.readBytes)
    #expect(traffic.writtenBytes == run.traffic.writtenBytes)
    #expect(operations == run.operations)
    #expect(peak == run.peakSRAM)
  }

  private func text(_ event: MachineEvent) -> String {
    switch event {
    case .begin(let launch): "begin \(launch)"
    case .end(let launch): "end \(launch)"
    case .phase(let phase): "phase \(phase)"
    case .transfer(let t):
      "\(t.direction) \(t.tensor)[\(t.matrix)] \(t.rows) × \(t.columns), \(t.bytes) bytes"
    case .allocation(let tile): "tile \(tile.tile) takes \(tile.bytes), \(tile.used) used"
    case .release(let tile): "tile \(tile.tile) gives \(tile.bytes), \(tile.used) used"
    case .compute(let operations):
      "compute \(operations.matmul) matmul, \(operations.exp) exp, \(operations.other) other"
    }
  }
}
