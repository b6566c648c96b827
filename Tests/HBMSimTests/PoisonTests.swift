#if CHECKED
  @_spi(TileStorage) import HBMSim
  import Testing

  /// Checked builds alone: a value that nobody loaded or computed is NaN, and so is all that
  /// depends on it.
  @Suite("Poison")
  struct PoisonTests {
    private let machine = Machine(sram: .unlimited, threads: 1)

    @Test("is what fresh HBM holds")
    func memory() throws {
      let memory = machine.makeMemory()
      let A: HBMTensor<Queries, Keys> = memory.allocate("A", matrices: 2, rows: 3, columns: 5)
      #expect(memory.floats(of: A).allSatisfy { $0.isNaN })
      let block = A[1].blocks(rows: 1)[1]
      try machine.run(memory) { core in core.store(core.zeros(1, 5), to: block) }
      #expect(memory.floats(of: A).map(\.isNaN) == (0..<30).map { !(20..<25).contains($0) })
    }

    @Test("is what a fresh tile holds, and one that is gone", arguments: [true, false])
    func tiles(isColumnMajor: Bool) throws {
      let lanes: any Axis.Type = isColumnMajor ? Queries.self : Keys.self
      try machine.run(machine.makeMemory(), lanes: lanes) { core in
        let memory: UnsafeMutableBufferPointer<Float>
        let state: UnsafeMutablePointer<CoreState>
        do {
          let zeros: Tile<Queries, Keys> = core.zeros(3, 5)
          state = zeros.state
          let fresh = Tile<Queries, Keys>(rows: 3, columns: 5, state: state)
          #expect(fresh.isColumnMajor == isColumnMajor)
          let floats = fresh.lines * fresh.stride
          #expect(UnsafeBufferPointer(start: fresh.base, count: floats).allSatisfy { $0.isNaN })
          memory = UnsafeMutableBufferPointer(start: zeros.base, count: floats)
          #expect(memory.allSatisfy { $0 == 0 })
        }
        // The core keeps the memory, and gives it to the next tile that fits.
        #expect(memory.allSatisfy { $0.isNaN })
        let again = Tile<Queries, Keys>(rows: 3, columns: 5, state: state)
        #expect(UnsafeBufferPointer(start: again.base, count: memory.count).allSatisfy { $0.isNaN })
      }
    }
  }
#endif
