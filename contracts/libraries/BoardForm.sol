// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MemberKind} from "../interfaces/IEntityProvider.sol";
import {Boards} from "./Boards.sol";
import {EcdsaSignature} from "./EcdsaSignature.sol";

/// @notice Where the reading of a board's form stands.
/// @param place The next byte of the form.
/// @param words Where the words stand of which the board's hash is made.
/// @param end Behind the last of them.
/// @param members How many members are still to be read.
/// @param bitmap Which of them sign, the next one in the lowest bit.
/// @param signed What those weigh who have signed so far.
/// @param kind Of the member read last, as are `id` and `weight`.
struct Walk {
    uint256 place;
    uint256 words;
    uint256 end;
    uint256 members;
    uint256 bitmap;
    uint256 signed;
    uint256 kind;
    uint256 id;
    uint256 weight;
}

/// @title BoardForm
/// @notice Reads the packed form of a listed board and of those who sign for it, from front to back.
/// @dev Behind the tag, big endian and with nothing between:
///
///     threshold 8 ‖ members 1 ‖ bitmap 4 ‖ for each member: kind 1 ‖ weight 8 ‖ id ‖ signature
///
/// An id has 20 bytes for an address or a contract, 32 for an entity or a key. The signature stands only
/// where the member's bit is set: 65 bytes of an address, 288 of a key, of the others a length of two
/// bytes and as many. Fields are as wide as their values, so every form has one meaning, and every
/// meaning one form. Reads beyond the end give what stands behind it in the calldata; the reader
/// believes nothing before the walk has ended exactly at the end of the form.
library BoardForm {
    uint256 private constant _HEAD = 13;

    /// @dev Kind, 64 bits of weight.
    uint256 private constant _SEAT_HEAD = 9;
    uint256 private constant _ADDRESS_SEAT = _SEAT_HEAD + 20;

    /// @notice What stands in front of the members.
    function head(
        bytes calldata form
    ) internal pure returns (uint256 threshold, uint256 members, uint256 bitmap) {
        uint256 word = wordAt(form, 0);
        threshold = word >> 192;
        members = uint8(word >> 184);
        bitmap = uint32(word >> 152);
    }

    /// @notice Starts a walk over the seats of `members`, at most 32.
    function begin(
        uint256 threshold,
        uint256 members,
        uint256 bitmap
    ) internal pure returns (Walk memory walk) {
        (walk.place, walk.members, walk.bitmap) = (_HEAD, members, bitmap);
        uint256 words;
        // Takes 160 bytes, and 96 for each member, which {next} fills.
        assembly ("memory-safe") {
            words := mload(64)
            mstore(64, add(words, add(160, mul(96, members))))
            mstore(words, 1) // Boards.KIND_LISTED
            mstore(add(words, 32), 0x40) // where the board begins
            mstore(add(words, 64), threshold)
            mstore(add(words, 96), 0x40) // where the members begin
            mstore(add(words, 128), members)
        }
        walk.words = words;
        unchecked {
            walk.end = words + 160;
        }
    }

    /// @notice Reads the members up to the first that is no address, with their signatures over `digest`.
    /// @dev The same as {next} for one after another, at a third of the cost: most members are of this kind.
    /// @return isSound Whether they may sit there, and have signed where they are said to.
    function takeAddresses(
        Walk memory walk,
        bytes calldata form,
        bytes32 digest
    ) internal view returns (bool isSound) {
        // At most 32 members, each of 94 bytes and with a weight of 64 bits.
        unchecked {
            uint256 place = walk.place;
            for (; walk.members != 0; --walk.members) {
                uint256 word = wordAt(form, place);
                if (word >> 248 != uint256(MemberKind.Address)) break;
                (uint256 id, uint256 weight) = (uint160(word >> 24), uint64(word >> 184));
                if (id <= walk.id || weight == 0) return false;
                walk.id = id;
                _note(walk, uint256(MemberKind.Address), id, weight);
                place += _ADDRESS_SEAT;
                if (walk.bitmap & 1 == 1) {
                    if (!EcdsaSignature.isSignedBy(form, place, digest, id)) return false;
                    place += EcdsaSignature.LENGTH;
                    walk.signed += weight;
                }
                walk.bitmap >>= 1;
            }
            walk.place = place;
        }
        return true;
    }

    /// @notice Reads the next member up to his signature.
    /// @return isSeat Whether he may sit after the one before.
    function next(Walk memory walk, bytes calldata form) internal pure returns (bool isSeat) {
        uint256 previousId = walk.id;
        uint256 place = walk.place;
        uint256 word = wordAt(form, place);
        uint256 kind = word >> 248;
        uint256 weight = uint64(word >> 184);
        uint256 id = uint160(word >> 24);
        // At most 32 members, each of at most 41 bytes and a signature of 64 KB.
        unchecked {
            if (Boards.isWide(kind)) {
                id = wordAt(form, place + _SEAT_HEAD);
                place += 12;
            }
            walk.place = place + _ADDRESS_SEAT;
        }
        (walk.kind, walk.id, walk.weight) = (kind, id, weight);
        _note(walk, kind, id, weight);
        return Boards.isSeat(kind, id, weight, previousId);
    }

    /// @notice The hash of the board, once all its members have been read.
    function hash(Walk memory walk) internal pure returns (bytes32 boardHash) {
        (uint256 words, uint256 end) = (walk.words, walk.end);
        // Reads what {begin} took and {next} filled.
        assembly ("memory-safe") {
            boardHash := keccak256(words, sub(end, words))
        }
    }

    /// @notice The next `length` bytes, and the walk behind them.
    /// @return isInside Whether the form has so many.
    function take(
        Walk memory walk,
        bytes calldata form,
        uint256 length
    ) internal pure returns (bool isInside, bytes calldata part) {
        uint256 start = walk.place;
        // `length` has 16 bits at most.
        unchecked {
            walk.place = start + length;
        }
        isInside = walk.place <= form.length;
        part = isInside ? form[start:walk.place] : form[:0];
    }

    /// @notice The next signature that tells its own length, and the walk behind it.
    function takeCounted(
        Walk memory walk,
        bytes calldata form
    ) internal pure returns (bool isInside, bytes calldata part) {
        uint256 length = wordAt(form, walk.place) >> 240;
        unchecked {
            walk.place += 2;
        }
        return take(walk, form, length);
    }

    /// @notice The 32 bytes of `data` from byte `place` on; see {CalldataWords} for what is behind its end.
    function wordAt(bytes calldata data, uint256 place) internal pure returns (uint256 word) {
        // Only reads calldata, where every offset is defined.
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, place))
        }
    }

    function _note(Walk memory walk, uint256 kind, uint256 id, uint256 weight) private pure {
        uint256 end = walk.end;
        // Within what {begin} has taken: it is called once for each member.
        assembly ("memory-safe") {
            mstore(end, kind)
            mstore(add(end, 32), id)
            mstore(add(end, 64), weight)
        }
        unchecked {
            walk.end = end + 96;
        }
    }
}
