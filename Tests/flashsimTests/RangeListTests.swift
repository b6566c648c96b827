// Release builds, which users run, have no testable imports; a list is internal.
#if DEBUG
  import HBMSim
  import Testing

  @testable import flashsim

  @Suite("A list of values and ranges")
  struct RangeListTests {
    @Test(
      "has the values that it says",
      arguments: [
        ("5", [5]), ("1,2,4", [1, 2, 4]), ("4,1", [4, 1]), ("-3", [-3]),
        ("64..512+64", [64, 128, 192, 256, 320, 384, 448, 512]),
        ("64..511+149", [64, 213, 362, 511]),
        ("64..510+149", [64, 213, 362]), ("1..10+20", [1]),
        ("64..512+:8", Array(1...8).map { $0 * 64 }),
        ("1..4+:3", [1, 3, 4]), ("1024..65536x2", [1024, 2048, 4096, 8192, 16384, 32768, 65536]),
        ("1000..1000000x10", [1000, 10_000, 100_000, 1_000_000]), ("3..80x3", [3, 9, 27]),
        ("64..512x:4", [64, 128, 256, 512]), ("10..1000x:5", [10, 32, 100, 316, 1000]),
        ("2..3x1.5", [2, 3]), ("2..3x:9", [2, 3]), ("1,8..32x2,5", [1, 8, 16, 32, 5]),
      ])
    func integers(text: String, values: [Int]) throws {
      let list = RangeList<Int>(argument: text)
      try list.check("--tokens")
      #expect(list.values == values)
    }

    @Test("of numbers has decimals as they are written")
    func decimals() throws {
      let list = RangeList<Double>(argument: "0.1..1+0.1,0.25..4x2")
      try list.check("--density")
      #expect(
        list.values
          == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 0.25, 0.5, 1, 2, 4])
    }

    @Test("of capacities has units at its ends and steps, and whole elements between them")
    func capacities() throws {
      func bytes(_ text: String) throws -> [Int?] {
        let list = RangeList<Capacity>(argument: text)
        try list.check("--sram")
        return list.values.map(\.byteCount)
      }
      #expect(try bytes("25600el..102400elx2") == [102_400, 204_800, 409_600])
      #expect(try bytes("64KiB..1MiBx4,unlimited") == [65536, 262_144, 1_048_576, nil])
      #expect(try bytes("1KB..3KB+1000") == [1000, 2000, 3000])
      #expect(try bytes("100..200x:3") == [100, 140, 200])
    }

    @Test(
      "that is none is answered by a sentence",
      arguments: [
        "", "x", "1,,2", "1..", "..4", "1..4", "1..4+", "1..4+x", "1..4x", "1..4*2", "1...4+1",
        "1..4+:", "1..4+:2.5", "a..4+1", "1..b+1", "1..4+1.5", "1..99999999999999999999+1",
        "1..9223372036854775807x:2",
      ])
    func forms(text: String) {
      #expect(
        mistake(text)?.hasPrefix(
          "Please give --tokens whole numbers up to 9223372036854775807, or ranges such as "
            + "64..512+64, 64..512+:8, 64..512x2 or 64..512x:4, not '") == true)
    }

    @Test("that does not ascend, or not arrive, is answered by what is wrong")
    func others() {
      for text in ["4..1+1", "4..4x2", "0..4x2", "-4..4+1"] {
        #expect(
          mistake(text)
            == "Please let the range '\(text)' of --tokens ascend from a positive number.")
      }
      for text in ["1..4+0", "1..4+-1", "1..4x1", "1..4x0.5", "1..4x0", "1..4+:1", "1..4x:-3"] {
        #expect(
          mistake(text)
            == "Please give the range '\(text)' of --tokens a positive step, a factor above 1, or a "
            + "count of 2 or more.", "\(text)")
      }
      for text in ["1..10001+1", "1..4x1.0000001", "1..9+:10001"] {
        #expect(
          mistake(text) == "Please give --tokens at most 10000 values: '\(text)' has more.")
      }
      #expect(mistake("1..10000+1") == nil)
    }

    private func mistake(_ text: String) -> String? {
      do {
        try RangeList<Int>(argument: text).check("--tokens")
        return nil
      } catch {
        return "\(error)"
      }
    }
  }
#endif
