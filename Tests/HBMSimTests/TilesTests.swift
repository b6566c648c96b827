import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("A collection of tiles")
struct TilesTests {
  @Test("holds what each was made of, changed and replaced", arguments: [true, false])
  func elements(isColumnMajor: Bool) throws {
    let machine = Machine(sram: .unlimited)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 6, columns: 5)
    let B: HBMTensor<Queries, Keys> = memory.allocate("B", matrices: 1, rows: 6, columns: 5)
    let lanes: any Axis.Type = isColumnMajor ? Queries.self : Keys.self
    try machine.run(memory, lanes: lanes) { core in
      var tiles = Tiles(count: 3) { index in core.loadWidened(A[0].blocks(rows: 2)[index]) }
      #expect(tiles.count == 3 && tiles.indices == 0..<3)
      let twos: TileVector<Queries> = core.vector(2, repeating: 2)
      tiles[1].scaleRows(by: twos)
      tiles[2] = core.zeros(2, 5)
      for i in tiles.indices { core.store(tiles[i], to: B[0].blocks(rows: 2)[i]) }
    }
    let factors: [Float] = [1, 2, 0]
    #expect(memory.floats(of: B) == (0..<30).map { factors[$0 / 10] * Float($0) })
  }

  @Test("occupies SRAM from when it is made to the end of its life, and gives all of it back")
  func residency() throws {
    let recorder = Recorder()
    let machine = Machine(sram: .unlimited, mode: .count, observer: recorder)
    let execution = try machine.run(machine.makeMemory()) { core in
      do {
        var vectors = TileVectors<Queries>(count: 4) { core.vector(10 + $0, repeating: 0) }  // 46
        // The old one goes when the new one is there.
        vectors[3] = core.vector(100, repeating: 1)  // 146, then 133
        let other: TileVector<Queries> = core.vector(5, repeating: 0)  // 138
        _ = other.rows
      }
      let all: TileVector<Queries> = core.vector(146, repeating: 0)
      _ = all.rows
    }
    #expect(execution.peakSRAM == 4 * 146)
    var used: [Int] = []
    for event in recorder.events {
      switch event {
      case .allocation(let residency), .release(let residency): used.append(residency.used)
      default: break
      }
    }
    #expect(used.prefix(6) == [40, 84, 132, 184, 584, 532])
    #expect(used.suffix(3) == [0, 584, 0])
  }

  @Test("may be empty")
  func empty() throws {
    let machine = Machine(sram: .bytes(0))
    let execution = try machine.run(machine.makeMemory(), footprint: 0) { core in
      let vectors = TileVectors<Keys>(count: 0) { _ in core.vector(1, repeating: 0) }
      #expect(vectors.indices.isEmpty)
    }
    #expect(execution.peakSRAM == 0)
  }

  @Test("traps where there is no such tile", arguments: [-1, 2])
  func range(index: Int) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      let machine = Machine(sram: .unlimited, mode: .count)
      try machine.run(machine.makeMemory()) { core in
        let vectors = TileVectors<Keys>(count: 2) { _ in core.vector(1, repeating: 0) }
        _ = vectors[index].rows
      }
    }
    #expect(says(result?.standardErrorContent, "Tile out of range"))
  }
}
