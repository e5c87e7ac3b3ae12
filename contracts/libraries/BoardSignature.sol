// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "./Boards.sol";
import {CalldataWords} from "./CalldataWords.sol";
import {EcdsaSignature} from "./EcdsaSignature.sol";

/// @title BoardSignature
/// @notice The signature of several members of a board, shown together with the board.
/// @dev The words of `abi.encode(Board board, uint256 bitmap, bytes[] signatures)`, for n members of
/// whom k sign:
///
///     0            0x60, where the board begins
///     1            bitmap
///     2            32 · (6 + 3n), where the signatures begin
///     3            threshold
///     4            0x40, where the members begin
///     5            n
///     6            kind, id, weight of the first member, then of the others
///     6 + 3n       k
///     7 + 3n       32k + 128i, where the signature i begins, for each
///     7 + 3n + k   65, r, s, v ‖ 31 zero bytes of the first signature, then of the others
///
/// Only this layout is accepted, though the ABI would allow others with the same meaning (gaps,
/// shared or reordered tails, dirty padding). Nothing relies on there being one encoding: digests
/// carry nonces, and no signature is ever a key or a hash in storage. It is strict because so the
/// length follows from n and k: one comparison shows that every read is inside, malformed bytes can
/// neither revert nor cost more than a bounded amount, and the board is hashed where it lies.
library BoardSignature {
    using CalldataWords for bytes;

    uint256 private constant _BITMAP = 1;
    uint256 private constant _THRESHOLD = 3;
    uint256 private constant _MEMBER_COUNT = 5;
    uint256 private constant _MEMBERS = 6;

    /// @notice Whether members of the board with `boardHash` have signed `digest` whose weight reaches
    /// its threshold.
    /// @param unanimous Whether no member may be absent.
    function isSigned(
        bytes calldata form,
        bytes32 boardHash,
        bytes32 digest,
        bool unanimous
    ) internal pure returns (bool) {
        (bool canonical, uint256 members, uint256 signers) = _measure(form);
        if (!canonical || (unanimous && signers != members)) return false;
        if (Boards.hashEncoded(form[32 * _THRESHOLD:32 * _signaturesAt(members)]) != boardHash) {
            return false;
        }

        // A signed weight that reaches the threshold shows that the total does, too.
        uint256 threshold = form.word(_THRESHOLD);
        return
            threshold != 0 &&
            threshold <= type(uint64).max &&
            threshold <= _signedWeight(form, members, signers, digest);
    }

    /// @dev Whether `form` has the layout above up to the last word, with as many signatures as the
    /// bitmap has bits, and no bit beyond the members.
    function _measure(
        bytes calldata form
    ) private pure returns (bool canonical, uint256 members, uint256 signers) {
        members = form.word(_MEMBER_COUNT);
        if (members > Boards.MEMBERS_MAX) return (false, 0, 0);

        uint256 bitmap = form.word(_BITMAP);
        if (bitmap >> members != 0) return (false, 0, 0);
        signers = _countBits(bitmap);

        uint256 signaturesAt = _signaturesAt(members);
        // At most 32 members and 32 signers.
        unchecked {
            canonical =
                form.length == 32 * (signaturesAt + 1 + 5 * signers) &&
                form.word(0) == 0x60 &&
                form.word(2) == 32 * signaturesAt &&
                form.word(4) == 0x40 &&
                form.word(signaturesAt) == signers;
        }
    }

    /// @dev The weight of the members whose bit is set; 0 if a seat of the board is not valid or a
    /// signature is not the one of its member.
    function _signedWeight(
        bytes calldata form,
        uint256 members,
        uint256 signers,
        bytes32 digest
    ) private pure returns (uint256 weight) {
        uint256 absent = ~form.word(_BITMAP);
        uint256 offsetsAt = _signaturesAt(members) + 1;
        uint256 signature;
        uint256 previousId;
        // At most 32 members, and each weight fits 64 bits.
        unchecked {
            for (uint256 i; i < members; ++i) {
                (uint256 id, uint256 seatWeight) = _seat(form, _MEMBERS + 3 * i, previousId);
                if (seatWeight == 0) return 0;
                previousId = id;
                if ((absent >> i) & 1 == 1) continue;

                if (_signer(form, offsetsAt, signers, signature++, digest) != id) return 0;
                weight += seatWeight;
            }
        }
    }

    /// @dev Id and weight of the member at word `place`; weight 0 if it may not sit there.
    function _seat(
        bytes calldata form,
        uint256 place,
        uint256 previousId
    ) private pure returns (uint256 id, uint256 weight) {
        unchecked {
            id = form.word(place + 1);
            weight = form.word(place + 2);
        }
        if (!Boards.isSeat(form.word(place), id, weight, previousId)) weight = 0;
    }

    /// @dev Who made signature `i`, as an id; 0, which no seat has, if it does not count. `offsetsAt` is
    /// the word where the offsets of the `signers` signatures stand.
    function _signer(
        bytes calldata form,
        uint256 offsetsAt,
        uint256 signers,
        uint256 i,
        bytes32 digest
    ) private pure returns (uint256) {
        unchecked {
            uint256 start = offsetsAt + signers + 4 * i;
            uint256 offset = form.word(offsetsAt + i);
            uint256 v = form.word(start + 3);
            if (
                offset != 32 * signers + 128 * i ||
                form.word(start) != EcdsaSignature.LENGTH ||
                v << 8 != 0
            ) return 0;
            return
                uint160(
                    EcdsaSignature.recover(
                        digest,
                        form.word(start + 1),
                        form.word(start + 2),
                        v >> 248
                    )
                );
        }
    }

    function _signaturesAt(uint256 members) private pure returns (uint256) {
        unchecked {
            return _MEMBERS + 3 * members;
        }
    }

    function _countBits(uint256 bits) private pure returns (uint256 count) {
        unchecked {
            for (; bits != 0; bits &= bits - 1) ++count;
        }
    }
}
