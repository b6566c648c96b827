import Foundation
import Testing

@Suite("The JSON")
struct JSONTests {
  @Test("has every field of the schema, and stands alone on standard output")
  func fields() async throws {
    let text = try await quietRun("--tokens 24 --heads 4 --kv-heads 2 --format json")
    let document = try Document(text)
    #expect(document.schema == "flashsim.run/1")
    #expect(document.context.threads > 0)
    #expect(document.context.command.dropFirst().prefix(3) == ["run", "--tokens", "24"])
    #expect(document.runs.map(\.algorithm) == ["standard", "flash1", "flash2"])
    for run in document.runs {
      #expect((run.pass, run.mode, run.dtype) == ("forward", "execute", "f32"))
      #expect(run.accumulator == "f32")
      #expect(run.mask == "none")
      #expect(
        run.shape
          == .init(
            batch: 1, heads: 4, kvHeads: 2, queries: 24, keys: 24, headDim: 64, valueDim: 64))
      #expect(run.scale == 0.125)
      #expect(run.blocks == .init(rows: 24, columns: 24))
      #expect(run.sram.capacityBytes == 192 * 1024)
      #expect(run.sram.peakBytes > 0 && run.sram.peakBytes <= 192 * 1024)
      #expect(run.flops.matmul == 4 * 24 * 24 * 4 * 64)
      #expect(run.error.map { [$0.reference, $0.tensor] } == ["float64", "O"])
      #expect(try #require(run.error).maxAbs < 2e-6)
      #expect(run.seconds > 0)
    }
  }

  @Test("has totals that are the sums over tensors and phases, and the closed form")
  func sums() async throws {
    let runs = try await runs(
      "--queries 50 --keys 30 --heads 2 --value-dim 16 --blocks fit,16x8 --mode execute,count")
    #expect(runs.count == 12)
    for run in runs {
      #expect(run.hbm == run.tensors.values.reduce(.zero, +))
      #expect(run.hbm == run.phases.values.reduce(.zero, +))
      #expect(run.hbm == run.closedForm)
      #expect(run.hbm.readBytes == 4 * run.hbm.readElements)
      #expect(run.hbm.writtenBytes == 4 * run.hbm.writtenElements)
      #expect(run.hbm.readElements > 0 && run.hbm.writtenElements > 0)
      #expect((run.error == nil) == (run.mode == "count"))
    }
    // Counting gives what executing gives.
    for (executed, counted) in zip(runs, runs.dropFirst()) where counted.mode == "count" {
      guard executed.mode == "execute", executed.algorithm == counted.algorithm else { continue }
      #expect(executed.hbm == counted.hbm && executed.tensors == counted.tensors)
      #expect(executed.sram.peakBytes == counted.sram.peakBytes)
    }
  }

  @Test("has what lies in HBM by role and by tensor, as the CSV has, and the same sum of both")
  func memory() async throws {
    let line =
      "--tokens 50 --pass both --dropout 0.1 --mode execute,count --dtype f16 "
      + "--algorithm standard,standard-eager,flash1,flash2,split-kv,square-tiling"
    let runs = try await runs(line)
    let lines = cells(csv: try await quietRun(line + " --format csv"))
    try #require(runs.count == 12 && lines.count == 13)
    for (run, cells) in zip(runs, lines.dropFirst()) {
      let memory = run.memory
      let parts = [
        memory.inputBytes, memory.outputBytes, memory.savedBytes, memory.temporaryBytes,
      ]
      #expect(memory.totalBytes == parts.reduce(0, +))
      #expect(memory.totalBytes == memory.tensors.values.reduce(0, +))
      #expect(memory.inputBytes == 4 * 2 * 50 * 64 && memory.outputBytes == 4 * 2 * 50 * 64)
      #expect(memory.savedBytes > 0)
      // Whatever moves lies there.
      #expect(Set(run.tensors.keys) == Set(memory.tensors.keys), "\(run.algorithm)")
      let value = Dictionary(uniqueKeysWithValues: zip(lines[0], cells))
      for (role, bytes) in zip(["input", "output", "saved", "temporary"], parts) {
        #expect(value["memory.\(role)_bytes"] == "\(bytes)")
      }
      #expect(value["memory.total_bytes"] == "\(memory.totalBytes)")
    }
    for algorithm in Set(runs.map(\.algorithm)) {
      let memory = runs.filter { $0.algorithm == algorithm }.map(\.memory.tensors)
      #expect(memory.count == 2 && memory[0] == memory[1])
    }
  }

  @Test("has the splits of split-kv, as the CSV has, and partial results by tensor and phase")
  func splits() async throws {
    let line =
      "--queries 1 --keys 200 --heads 4 --kv-heads 2 --blocks 1x10 --splits 4,30 "
      + "--algorithm flash2,split-kv"
    let runs = try await runs(line)
    let lines = cells(csv: try await quietRun(line + " --format csv"))
    let column = try #require(lines[0].firstIndex(of: "splits"))
    // --splits comes first and varies slowest.
    #expect(lines.dropFirst().map { $0[column] } == ["", "4", "", "20"])
    #expect(runs.map(\.splits) == [nil, 4, nil, 20])
    for run in runs {
      #expect((run.splits == nil) == (run.algorithm == "flash2"))
      #expect(run.tensors.keys.contains("O_partial") == (run.algorithm == "split-kv"))
      #expect(run.phases.keys.contains("reduce") == (run.algorithm == "split-kv"))
      #expect(run.hbm == run.closedForm)
      #expect(try #require(run.error).maxAbs < 1e-5)
    }
    // Two heads of keys, once each for both heads that share them.
    #expect(runs.last?.tensors["K"]?.readElements == 2 * 200 * 64)
  }

  @Test("says null for an unlimited SRAM, and leaves the error out in count mode")
  func optionals() async throws {
    let text = try await quietRun(
      "--tokens 8 --algorithm flash1 --sram unlimited --mode count --format json")
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let run = try #require((object?["runs"] as? [[String: Any]])?.first)
    let sram = try #require(run["sram"] as? [String: Any])
    #expect(sram["capacity_bytes"] is NSNull)
    #expect(run["error"] == nil)
    #expect(run.keys.contains("closed_form"))
  }

  @Test("compares each run of a pattern with a reference of its own blocks")
  func patternReference() async throws {
    // The blocks that fit differ from algorithm to algorithm, and with them what is live.
    let runs = try await runs("--tokens 300 --head-dim 16 --pattern butterfly --sram 32KiB")
    #expect(Set(runs.map { [$0.blocks.rows, $0.blocks.columns] }).count == 3)
    for run in runs { #expect(try #require(run.error).maxAbs < 1e-5, "\(run.algorithm)") }
  }
}
