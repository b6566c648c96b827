// Release builds, which users run, have no testable imports; a table is internal.
#if DEBUG
  import Testing

  @testable import flashsim

  @Suite("The paper's tables")
  struct PaperTableTests {
    @Test("have twelve methods at ten lengths", arguments: 9...21)
    func shape(number: Int) {
      let table = PaperTable.number(number)
      #expect(table.methods.count == 12)
      #expect(table.methods.first == "PyTorch Attention")
      #expect(table.methods.last == "Block-Sparse FlashAttention")
      for method in table.methods {
        // Everything ran at the shortest length, and nothing skipped one.
        let values = PaperTable.lengths.map { table.value(method, $0) }
        #expect(values[0] != nil)
        #expect(values.drop { $0 != nil }.allSatisfy { $0 == nil })
      }
    }

    @Test("hold the printed numbers")
    func numbers() {
      #expect(PaperTable.number(9).value("PyTorch Attention", 4096) == 36.33)
      #expect(PaperTable.number(11).value("Block-Sparse FlashAttention", 65536) == 64.11)
      #expect(PaperTable.number(21).value("PyTorch Attention", 4096) == 17024)
      #expect(PaperTable.number(21).value("FlashAttention", 65536) == 13376)
      #expect(PaperTable.number(21).value("PyTorch Attention", 8192) == nil)
      #expect(PaperTable.number(21).value("Nobody", 128) == nil)
    }
  }
#endif
