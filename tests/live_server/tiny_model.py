"""Write a model file for llama.cpp in which every token has one likely successor: two megabytes, no download.

Run with the interpreter of the server's environment: `tiny_model.py FILE`. The model is a Llama of one layer whose
attention and feed-forward weights are zero, so that the last token alone decides. After a line end (with which every
chat prompt ends) it says REPLY word by word and stops; where a grammar lets it say nothing of that, it calls functions.
"""

import sys
from itertools import pairwise

import gguf
import numpy as np

REPLY = ("Tiny", "▁models", "▁say", "▁little", ".")
SPECIAL = ("<unk>", "<s>", "</s>")
WIDTH = 288
LINE_END = len(SPECIAL) + ord("\n")
END = SPECIAL.index("</s>")


def main(path):
    """Write the model to `path`."""
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *REPLY]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(REPLY)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(9)
    writer.add_head_count_kv(9)
    writer.add_rope_dimension_count(32)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(SPECIAL.index("<s>"))
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(SPECIAL.index("<unk>"))
    for name, tensor in tensors(len(tokens)).items():
        writer.add_tensor(name, tensor.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tensors(size):
    """Return the weights: each token is a direction of its own, and the output turns it into its successor's."""
    embedding = np.zeros((size, WIDTH))
    embedding[np.arange(size), np.arange(size)] = 1
    square, up, down = np.zeros((WIDTH, WIDTH)), np.zeros((32, WIDTH)), np.zeros((WIDTH, 32))
    layer = {"attn_q": square, "attn_k": square, "attn_v": square, "attn_output": square}
    layer |= {"ffn_gate": up, "ffn_up": up, "ffn_down": down, "attn_norm": np.ones(WIDTH), "ffn_norm": np.ones(WIDTH)}
    return {
        "token_embd.weight": embedding,
        "output_norm.weight": np.ones(WIDTH),
        "output.weight": successors(size),
        **{f"blk.0.{name}.weight": tensor for name, tensor in layer.items()},
    }


def successors(size):
    """Return the output weights: the likeliest successor of each token that has one."""
    output = np.zeros((size, WIDTH))
    first = size - len(REPLY)
    chain = [LINE_END, *range(first, size), END]
    for token, successor in pairwise(chain):
        output[successor, token] = 1
    output[len(SPECIAL) + ord("f"), LINE_END] = 0.5  # "functions." rather than "message:" where only these may follow
    return output


if __name__ == "__main__":
    main(sys.argv[1])
