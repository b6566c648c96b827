import Testing

@Suite("Lists of values")
struct CrossProductTests {
  @Test("make a run of each combination, what is given first varying slowest")
  func order() async throws {
    let first = try await runs("--mode count --heads 2,1 --tokens 8,16 --algorithm flash2,flash1")
    #expect(
      first.map { "\($0.shape.heads) \($0.shape.queries) \($0.algorithm)" } == [
        "2 8 flash2", "2 8 flash1", "2 16 flash2", "2 16 flash1",
        "1 8 flash2", "1 8 flash1", "1 16 flash2", "1 16 flash1",
      ])
    let second = try await runs(
      "--algorithm=flash1,flash2 --mode count --blocks=4x4,2x8 --tokens=8")
    #expect(
      second.map { "\($0.algorithm) \($0.blocks.rows)" }
        == ["flash1 4", "flash1 2", "flash2 4", "flash2 2"])
  }

  @Test("are taken by every option that makes a run")
  func options() async throws {
    for (option, list) in [
      ("batch", "1,2"), ("heads", "1,2"), ("kv-heads", "1,1"), ("queries", "4,8"), ("keys", "4,8"),
      ("head-dim", "4,8"), ("value-dim", "4,8"), ("scale", "1,-0.5"), ("dtype", "f16,f32"),
      ("accumulator", "same,f32"),
      ("seed", "0,18446744073709551615"), ("sram", "100KB,25600el"), ("blocks", "paper,2x2"),
      ("mode", "count,execute"), ("threads", "1,3"), ("simd", "auto,baseline"),
      ("pass", "forward,forward"), ("algorithm", "flash1,standard"), ("splits", "1,2"),
    ] {
      let size = ["queries"].contains(option) ? "" : "--queries 4 "
      let algorithm = option == "splits" ? "split-kv" : "flash1"
      let lines = cells(
        csv: try await quietRun(
          "\(size)--algorithm \(algorithm) --\(option) \(list) --format csv"))
      #expect(lines.count == 3, "\(option)")
    }
  }

  @Test("keep units apart")
  func capacities() async throws {
    let runs = try await runs(
      "--tokens 4 --head-dim 4 --algorithm flash1 --mode count "
        + "--sram 100KB,192KiB,25600el,4096,1MiB,unlimited")
    #expect(
      runs.map(\.sram.capacityBytes) == [100_000, 196_608, 102_400, 4096, 1_048_576, nil])
  }
}
