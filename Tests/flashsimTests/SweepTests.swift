import Foundation
import Testing

@Suite("flashsim sweep")
struct SweepTests {
  @Test("sweeps the cross product, what is given first varying slowest")
  func order() async throws {
    let sweep = try await sweep(
      "--head-dim 32,16 --tokens 64..256x2 --algorithm flash2,flash1 --pass forward,both")
    #expect(
      sweep.points.map { [$0.shape.headDim, $0.shape.queries] }
        == [32, 16].flatMap { d in
          [64, 128, 256].flatMap { N in Array(repeating: [d, N], count: 4) }
        })
    #expect(
      sweep.points.prefix(4).map { $0.algorithm + $0.pass }
        == ["flash2forward", "flash2both", "flash1forward", "flash1both"])
    #expect(
      sweep.fits.map { $0.algorithm + $0.pass }
        == ["flash2forward", "flash2both", "flash1forward", "flash1both"])
    #expect(sweep.fits.allSatisfy { $0.points == 6 && $0.exponents.count == 2 })
  }

  @Test("finds the same in closed form, counted and executed")
  func modes() async throws {
    let line =
      "--tokens 50..90+40 --head-dim 8,16 --pass forward,backward --density 0.3,1 --causal "
      + "--block-rows 16 --block-columns 8,32 --heads 2 --batch 2 --dtype f16 --mode "
    let closed = try await sweep(line + "closed-form")
    let counted = try await sweep(line + "count")
    let executed = try await sweep(line + "execute")
    #expect(closed.points.count == 3 << 5)
    #expect(closed.points == counted.points && closed.points == executed.points)
    for point in executed.points {
      #expect(point.hbm == point.closedForm)
      #expect(point.shape.heads == 2 && point.shape.batch == 2 && point.dtype == "f16")
      #expect(point.mask == "causal" && point.blocks.rows == 16)
    }
    #expect([closed.mode, counted.mode, executed.mode] == ["closed-form", "count", "execute"])
  }

  @Test("counts what run counts")
  func run() async throws {
    let line = "--algorithm flash1,flash2,standard --tokens 300 --head-dim 32 --sram 32KiB"
    let points = try await sweep(line).points
    let runs = try await runs(line + " --mode count")
    #expect(points.map(\.hbm) == runs.map(\.hbm))
    #expect(points.map(\.blocks) == runs.map(\.blocks))
    #expect(
      points.map(\.main)
        == runs.map { run in
          run.phases.filter { $0.key != "initialize" }.values.reduce(.zero, +)
        })
    #expect(points.map(\.sram.capacityBytes) == [32768, 32768, 32768])
  }

  @Test("tells what moves for blocks of S from what moves in any case")
  func accesses() async throws {
    let line =
      "--algorithm flash1,flash2,standard --tokens 64 --head-dim 8 --block-rows 16 "
      + "--block-columns 32 --density 0.5"
    let points = try await sweep(line).points
    try #require(points.count == 3)
    // 4 of 8 blocks: 16·4 rows of Q, O, ℓ and m in flash1; 32·4 rows of K and V in flash2.
    #expect(points.map(\.liveFraction) == [0.5, 0.5, 0.5] && points[0].liveBlocks == 4)
    #expect(points[0].forBlocks.readElements == 64 * (8 + 8 + 2))
    #expect(points[0].forBlocks.writtenElements == 64 * (8 + 2))
    #expect(points[0].main.readElements == 64 * (8 + 8 + 2) + 2 * 64 * 8)
    #expect(points[1].forBlocks.readElements == 128 * (8 + 8))
    #expect(points[1].forBlocks.writtenElements == 0)
    #expect(points[2].forBlocks == points[2].hbm)
  }

  @Test("fits what it is asked to fit")
  func fitted() async throws {
    let line = "--algorithm flash1 --tokens 4096 --density 0.1,0.2 --fit "
    for kind in ["total", "main", "blocks"] {
      let sweep = try await sweep(line + kind)
      let accesses = sweep.points.map { point in
        let moved =
          kind == "total" ? point.hbm : kind == "main" ? point.main : point.forBlocks
        return Double(moved.readElements + moved.writtenElements)
      }
      let fit = try #require(sweep.fits.first)
      let fractions = sweep.points.map(\.liveFraction)
      let exponent = log(accesses[1] / accesses[0]) / log(fractions[1] / fractions[0])
      #expect(fit.accesses == kind && fit.rSquared.map { $0 > 1 - 1e-9 } == true)
      #expect(abs(try #require(fit.exponents["density"]) - exponent) < 1e-9, "\(kind)")
      let constant = accesses[0] / pow(fractions[0], exponent)
      #expect(abs(try #require(fit.constant) / constant - 1) < 1e-9)
    }
  }

  @Test("gives the constant for SRAM in elements of four bytes")
  func constant() async throws {
    let sweep = try await sweep(
      "--algorithm flash1 --tokens 8192 --sram 64KiB..256KiBx4 --dtype f16")
    let accesses = sweep.points.map { Double($0.main.readElements + $0.main.writtenElements) }
    let exponent = log(accesses[1] / accesses[0]) / log(4)
    let constant = accesses[0] / pow(16384, exponent)
    let fit = try #require(sweep.fits.first)
    #expect(abs(try #require(fit.exponents["sram"]) - exponent) < 1e-9)
    #expect(abs(try #require(fit.constant) / constant - 1) < 1e-9)
  }

  @Test("prints the laws under the table")
  func table() async throws {
    let text = try await quietSweep(
      "--algorithm flash1 --tokens 1048576..4194304x2 --head-dim 64,128 --sram 1MiB..4MiBx2 "
        + "--blocks paper")
    #expect(text.hasPrefix("closed-form · pass forward · batch 1 · heads 1 · type f32\n\n"))
    #expect(text.contains("\nflash1 forward: HBM accesses ∝ N^2.00 d^1.98 M^−1.00 (R² 1.0000)\n"))
    #expect(
      text.hasSuffix(
        "\nFitted to the elements read and written in the main part, at 18 points each.\n"))
  }

  @Test("does not print exponents that the points do not tell")
  func inseparable() async throws {
    let line = "--algorithm flash1 --tokens 64,128 --block-rows 256,512 --block-columns 16..64x2"
    let text = try await quietSweep(line)
    #expect(text.contains("; N, B_r vary together and cannot be told apart\n"))
    #expect(text.contains("flash1 forward: HBM accesses ∝ B_c^−0.8"))
    let fit = try #require(try await sweep(line).fits.first)
    #expect(fit.inseparable == [["tokens", "block_rows"]])
    #expect(Set(fit.exponents.keys) == ["block_columns"] && fit.constant == nil)
  }

  @Test("of one point has no law")
  func one() async throws {
    let text = try await quietSweep("--algorithm flash1")
    #expect(text.hasSuffix("\n\nNothing varies: there is no law to fit.\n"))
    #expect(try await sweep("--algorithm flash1").fits.isEmpty)
  }

  @Test("writes CSV that agrees with the JSON, and exports what it prints")
  func forms() async throws {
    let scratch = try Scratch()
    let line = "--tokens 16..64x2 --density 0.5 --head-dim 8 --format "
    let lines = cells(csv: try await quietSweep(line + "csv"))
    let points = try await sweep("--tokens 16..64x2 --density 0.5 --head-dim 8").points
    try #require(lines.count == 1 + points.count && points.count == 9)
    for (cells, point) in zip(lines.dropFirst(), points) {
      let value = Dictionary(uniqueKeysWithValues: zip(lines[0], cells))
      #expect(cells.count == lines[0].count)
      #expect(value["mode"] == "closed-form" && value["algorithm"] == point.algorithm)
      #expect(value["shape.queries"] == "\(point.shape.queries)")
      #expect(value["hbm.written_bytes"] == "\(point.hbm.writtenBytes)")
      #expect(value["main.read_elements"] == "\(point.main.readElements)")
      #expect(value["for_blocks.read_elements"] == "\(point.forBlocks.readElements)")
      #expect(value["density"] == "0.5" && value["seconds"] == "")
    }
    let export = "--export a.json --export b.csv --export c.md "
    for (format, name) in [("json", "a.json"), ("csv", "b.csv"), ("markdown", "c.md")] {
      let printed = try await quietSweep(export + line + format, in: scratch)
      #expect(try scratch.text(name) == printed)
    }
    let markdown = try scratch.text("c.md")
    #expect(markdown.contains("\n\n- standard forward: HBM accesses ∝ N^"))
    #expect(markdown.split(separator: "\n").count { $0.hasPrefix("|") } == 2 + 9)
  }

  @Test("says when nothing limits SRAM")
  func unlimited() async throws {
    let point = try #require(try await sweep("--sram unlimited").points.first)
    #expect(point.sram.capacityBytes == nil)
    #expect(
      try await quietSweep("--sram unlimited --format json").contains("\"capacity_bytes\" : null"))
  }
}

@Suite("A mistake in the options of a sweep")
struct SweepMistakeTests {
  @Test(
    "is answered by one sentence and status 64",
    arguments: [
      (
        "--tokens 1024..x2",
        "Please give --tokens whole numbers up to 9223372036854775807, or ranges such as "
          + "64..512+64, 64..512+:8, 64..512x2 or 64..512x:4, not '1024..x2'."
      ),
      (
        "--head-dim 9..4+1",
        "Please let the range '9..4+1' of --head-dim ascend from a positive number."
      ),
      (
        "--sram 1KiB..4KiBx1",
        "Please give the range '1KiB..4KiBx1' of --sram a positive step, a factor above 1, or a "
          + "count of 2 or more."
      ),
      ("--tokens 0", "Please give positive sizes: --tokens is 0."),
      ("--heads -1", "Please give positive sizes: --heads is -1."),
      ("--block-rows 16", "Please give both --block-rows and --block-columns."),
      ("--density 0", "Please give --density in (0, 1], not 0.0."),
      ("--density 0.5..2x2", "Please give --density in (0, 1], not 2.0."),
      ("--density nan", "Please give --density in (0, 1], not nan."),
      ("--sram unlimited,1KiB", "Please give --sram either unlimited or capacities."),
      (
        "--tokens 1..1000+1 --head-dim 1..1000+1",
        "Please sweep at most 100000 points, not 3000000."
      ),
      (
        "--algorithm flash9",
        "Please give --algorithm standard, standard-eager, flash1, flash2, split-kv or square-tiling, not 'flash9'."
      ),
      (
        "--mode fast",
        "The value 'fast' is invalid for '--mode <mode>'. Please provide one of 'closed-form', "
          + "'count' or 'execute'."
      ),
      ("--export x.txt", "Please let --export end in .json, .csv or .md: 'x.txt' does not."),
    ])
  func answer(line: String, sentence: String) async throws {
    let scratch = try Scratch()
    let arguments = ["sweep"] + line.split(separator: " ").map(String.init)
    let outcome = try await flashsim(arguments, in: scratch)
    #expect(outcome.status == 64 && outcome.output == "")
    #expect(outcome.complaint == sentence)
    #expect(try scratch.names == [])
  }

  @Test(
    "that only the points show is answered with status 1",
    arguments: [
      (
        "--algorithm flash1 --tokens 256 --block-rows 64,128 --block-columns 64 --sram 128KiB",
        "flash1 with blocks of 128x64 needs 136192 bytes of SRAM, and a core has 131072."
      ),
      (
        "--algorithm flash1 --tokens 65536 --density 0.5 --block-rows 8 --block-columns 8",
        "A density takes at most 16777216 blocks, and 65536 tokens in blocks of 8x8 make 8192×8192."
      ),
    ])
  func refusal(line: String, sentence: String) async throws {
    let outcome = try await flashsim(["sweep"] + line.split(separator: " ").map(String.init))
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(outcome.complaint == sentence)
  }
}
