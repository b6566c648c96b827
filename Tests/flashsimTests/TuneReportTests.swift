import Testing

@Suite("The report of flashsim tune")
struct TuneReportTests {
  @Test("has a row a choice, in elements and bytes, and marks what does not fit")
  func table() async throws {
    let line = "--algorithm flash1 --pass backward --tokens 4096 --sram 192KiB"
    let text = try await quietTune(line)
    let run = try await tune(line)[0]
    #expect(
      text.hasPrefix(
        "closed-form · batch 1 · heads 1 · queries 4096 · keys 4096 · d 64 · type f32 · "
          + "SRAM 192 KiB (196608 bytes, 49152 elements of 4 bytes)\n\nflash1 backward\n\n"))
    let titles = [
      "least": "least", "fit": "fit", "paper": "paper", "paper-bytes": "paper, M in bytes",
      "published": "published",
    ]
    #expect(run.choices.map(\.fits) == [true, true, false, false, false])
    for choice in run.choices {
      let row = try #require(rows(text).first { $0.first == titles[choice.name] })
      #expect(row[1] == "\(choice.blocks.rows)x\(choice.blocks.columns)")
      #expect(row[2] == "\(choice.footprintBytes)" && row[3].hasSuffix(" KiB"))
      #expect(row[4] == (choice.fits ? "yes" : "does not fit"))
      #expect(row[5] == "\(choice.hbm.readElements + choice.hbm.writtenElements)")
      #expect(row[6] == "\(choice.bytes)" && row[7].hasSuffix("×"))
    }
    #expect(
      text.hasSuffix(
        """
        1x187 fits a core of H100 (227 KiB); not of T4 (64 KiB), V100 (96 KiB), RTX 3090 (99 KiB), \
        A100 (163 KiB).
        Block sizes looked at: 106. The search is exhaustive: none that fits moves fewer bytes.
        flash1 backward moves least with blocks of 1x187: as many bytes as the paper's 64x192 with M \
        in elements, which needs 352.8 KiB of SRAM and does not fit.

        """))
  }

  @Test("gives the SRAM of the fullest kernel by tensor")
  func budget() async throws {
    let line = "--algorithm flash2 --pass both --tokens 4096"
    let text = try await quietTune(line)
    let run = try await tune(line)[0]
    let fullest = try #require(run.budget.max { $0.bytes < $1.bytes })
    let blocks = run.choices[0].blocks
    #expect(
      text.contains(
        "\nSRAM of \(blocks.rows)x\(blocks.columns) where it is fullest, in kernel "
          + "\(fullest.kernel):\n"))
    let table = rows(text).drop { $0.first != "tensor" }.dropFirst()
    for (row, share) in zip(table, fullest.shares) {
      #expect(row.prefix(2) == [share.name, "\(share.bytes)"])
    }
    let sum = try #require(rows(text).first { $0.first == "all" })
    #expect(sum[1] == "\(run.choices[0].footprintBytes)" && sum[3] == "100.00 %")
  }

  @Test(
    "ends with what the least gains",
    arguments: [
      (
        "--algorithm flash1 --tokens 4096",
        "flash1 forward moves least with blocks of 1x373: 1.92× fewer bytes than the paper's 64x192 "
          + "with M in elements, which needs 178.5 KiB of SRAM and fits."
      ),
      (
        "--algorithm flash1 --tokens 1024 --head-dim 128 --sram 100KB",
        "flash1 forward moves least with blocks of 1x94: 1.83× fewer bytes than the paper's 49x49 "
          + "with M in elements, which needs 109.3 KiB of SRAM and does not fit."
      ),
      (
        "--algorithm flash2 --tokens 256 --head-dim 128 --sram 16KiB",
        "flash2 forward moves least with blocks of 14x1: 1.65× fewer bytes than the paper's 8x8 with "
          + "M in elements, which needs 16.5 KiB of SRAM and does not fit."
      ),
      (
        "--algorithm flash2 --sram unlimited",
        "flash2 forward moves least with blocks of 1024x1024: as many bytes as 1024x1024 of fit, "
          + "which needs 5148 KiB of SRAM and fits."
      ),
    ])
  func finding(line: String, sentence: String) async throws {
    let text = try await quietTune(line + " --pass forward")
    #expect(text.hasSuffix("\n\(sentence)\n"))
  }

  @Test("says where a choice that does not fit moves less")
  func more() async throws {
    let line = "--algorithm flash1 --pass backward --causal --tokens 128 --head-dim 8 --sram 8KiB"
    let text = try await quietTune(line)
    let run = try await tune(line)[0]
    let paper = try #require(run["paper"])
    #expect(!paper.fits && paper.ratio < 0.99)
    #expect(text.contains("× more bytes than the paper's \(paper.blocks.rows)x"))
    #expect(text.contains(" · mask causal · "))
  }

  @Test("has a heading a run, with what differs")
  func headings() async throws {
    let text = try await quietTune(
      "--algorithm flash1 --tokens 64 --heads 4 --kv-heads 2,4 --softcap 2 --value-dim 32 "
        + "--format markdown")
    #expect(text.hasPrefix("closed-form · batch 1 · queries 64 · keys 64 · d 64/32 · soft cap 2.0"))
    #expect(
      text.split(separator: "\n").filter { $0.hasPrefix("## ") }
        == [
          "## flash1 forward · heads 4 on 2", "## flash1 backward · heads 4 on 2",
          "## flash1 forward · heads 4", "## flash1 backward · heads 4",
        ])
    #expect(text.contains("\n| least "))
    #expect(text.split(separator: "\n").count { $0.hasPrefix("- ") } == 3 * 4)
  }

  @Test("is CSV that agrees with the JSON, and is exported as it is printed")
  func forms() async throws {
    let scratch = try Scratch()
    let line = "--tokens 100 --head-dim 8,16 --dropout 0.5 --causal --sram 2KiB --format "
    let lines = cells(csv: try await quietTune(line + "csv"))
    let choices = try await tune(line.replacing(" --format ", with: ""))
      .flatMap { run in run.choices.map { (run, $0) } }
    try #require(lines.count == 1 + choices.count)
    for (cells, (run, choice)) in zip(lines.dropFirst(), choices) {
      let value = Dictionary(uniqueKeysWithValues: zip(lines[0], cells))
      #expect(cells.count == lines[0].count)
      #expect(value["algorithm"] == run.algorithm && value["pass"] == run.pass)
      #expect(value["mask"] == "causal" && value["dropout"] == "0.5" && value["softcap"] == "")
      #expect(value["shape.head_dim"] == "\(run.shape.headDim)")
      #expect(value["sram.capacity_bytes"] == "2048")
      #expect(value["search.candidates"] == "\(run.search.candidates)")
      #expect(value["search.exhaustive"] == "\(run.search.exhaustive)")
      #expect(value["name"] == choice.name && value["fits"] == "\(choice.fits)")
      #expect(value["blocks.columns"] == "\(choice.blocks.columns)")
      #expect(value["footprint_bytes"] == "\(choice.footprintBytes)")
      #expect(value["hbm.read_bytes"] == "\(choice.hbm.readBytes)")
      #expect(value["hbm.written_elements"] == "\(choice.hbm.writtenElements)")
      #expect(value["ratio"] == "\(choice.ratio)")
    }
    let export = "--export a.json --export b.csv --export c.md "
    for (format, name) in [("json", "a.json"), ("csv", "b.csv"), ("markdown", "c.md")] {
      let printed = try await quietTune(export + line + format, in: scratch)
      #expect(try scratch.text(name) == printed)
    }
  }

  /// The cells of a text's tables, line by line.
  private func rows(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { line in
      line.split(separator: /\ {2,}/).map(String.init)
    }
  }
}

@Suite("A mistake in the options of flashsim tune")
struct TuneMistakeTests {
  @Test(
    "is answered by one sentence",
    arguments: [
      ("--dropout 1", 64, "Please give --dropout in [0, 1), not 1.0."),
      ("--softcap 0", 64, "Please give --softcap a positive number, not 0.0."),
      ("--tokens 0", 64, "Please give positive sizes: --tokens is 0."),
      ("--tokens 8 --keys 4", 64, "Please give either --tokens, or --queries and --keys."),
      ("--pass sideways", 64, "Please give --pass forward, backward or both, not 'sideways'."),
      ("--dtype f8", 64, "Please give --dtype f32, f16 or bf16, not 'f8'."),
      ("--accumulator f8", 64, "Please give --accumulator same or f32, not 'f8'."),
      (
        "--algorithm flash9", 64,
        "Please give --algorithm standard, standard-eager, flash1, flash2, split-kv or square-tiling, not 'flash9'."
      ),
      (
        "--sram 0", 64,
        "Please give --sram a positive capacity such as 100KB, 192KiB, 25600el or unlimited, "
          + "not '0'."
      ),
      ("--blocks fit", 64, "Unknown option '--blocks'."),
      (
        "--export x.txt", 64,
        "Please let --export end in .json, .csv or .md: 'x.txt' does not."
      ),
      ("--heads 4 --kv-heads 3", 1, "3 heads of keys do not divide 4 heads of queries."),
      (
        "--algorithm flash2 --sram 100B", 1,
        "flash2 with blocks of 1x1 needs 1056 bytes of SRAM, and a core has 100."
      ),
    ] as [(String, Int32, String)])
  func answer(line: String, status: Int32, sentence: String) async throws {
    let scratch = try Scratch()
    let arguments = ["tune"] + line.split(separator: " ").map(String.init)
    let outcome = try await flashsim(arguments, in: scratch)
    #expect(outcome.status == status && outcome.output == "")
    #expect(outcome.complaint == sentence)
    #expect(try scratch.names == [])
  }
}
