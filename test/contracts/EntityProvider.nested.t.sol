// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {Board, Member, MemberKind} from "../../contracts/interfaces/IEntityProvider.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Signing} from "./support/Signing.sol";

/// @notice Entities as members of boards: what they sign is built from the keys upwards.
contract EntityProviderNestedTest {
    EntityProvider private provider = new EntityProvider();
    uint256[] private keys = Signing.keys(7, 4);

    function test_aNestedEntity_signsWhatTheBoardAboveItSigns() public view {
        (EntityId inner, Board memory own) = _ofKey(0);
        (EntityId outer, Board memory board) = _above(inner);
        bytes32 wrapped = _wrap(outer, "digest");
        assert(_accepts(outer, "digest", _form(board, _form(own, _key(0, _wrap(inner, wrapped))))));
        assert(!_accepts(outer, "digest", _form(board, _form(own, _key(0, wrapped)))));
        assert(
            !_accepts(outer, "digest", _form(board, _form(own, _key(0, _wrap(inner, "digest")))))
        );
    }

    function test_aRegisteredNestedEntity_signsByTheBoardThatTheChainKnows() public {
        (, Board memory own) = _ofKey(0);
        EntityId inner = provider.register(own);
        (EntityId outer, Board memory board) = _above(inner);
        bytes memory slot = _form(own, _key(0, _wrap(inner, _wrap(outer, "digest"))));
        assert(_accepts(outer, "digest", _form(board, slot)));
    }

    /// @dev Else one signature would count for every seat that its key can fill, and a member who
    /// signs for himself would sign for his company beside him.
    function test_65Bytes_areRefused_inANestedEntitysSlot() public view {
        (EntityId inner, ) = _ofKey(0);
        (EntityId outer, Board memory board) = _above(inner);
        assert(!_accepts(outer, "digest", _form(board, _key(0, _wrap(outer, "digest")))));
    }

    function test_whoSitsOnTwoBoards_signsForOneOfThem() public view {
        (EntityId inner, Board memory own) = _ofKey(0);
        (EntityId one, Board memory first) = _above(inner);
        Board memory second = _boardOf(1, MemberKind.Entity, EntityId.unwrap(inner));
        second.members[0].weight = 2;
        bytes memory slot = _form(own, _key(0, _wrap(inner, _wrap(one, "digest"))));
        assert(_accepts(one, "digest", _form(first, slot)));
        assert(!_accepts(Signing.lazyId(second), "digest", _form(second, slot)));
    }

    /// @dev Two registered entities that name each other: neither can sign on the other's word.
    function test_anAssumeYesCycle_signsNothing() public {
        Board memory first = _boardOf(1, MemberKind.Entity, bytes32(uint256(2)));
        Board memory second = _boardOf(1, MemberKind.Entity, bytes32(uint256(1)));
        EntityId one = provider.register(first);
        provider.register(second);
        bytes memory slot = _form(first, "");
        for (uint256 turn; turn < 6; ++turn) {
            slot = _form(turn % 2 == 0 ? second : first, slot);
            assert(!_accepts(one, "digest", slot));
        }
    }

    function test_anEntityOnItsOwnBoard_signsNothingByThat() public {
        Board memory board = Board(1, new Member[](2));
        board.members[0] = Member(MemberKind.Entity, bytes32(uint256(1)), 1);
        board.members[1] = Signing.board(keys, 1).members[0];
        EntityId entity = provider.register(board);
        bytes32 wrapped = _wrap(entity, "digest");
        bytes[] memory own = new bytes[](1);
        own[0] = _key(0, _wrap(entity, wrapped));
        bytes[] memory slots = new bytes[](1);
        slots[0] = Signing.boardForm(board, 2, own);
        assert(!_accepts(entity, "digest", Signing.boardForm(board, 1, slots)));
        slots[0] = _key(0, wrapped);
        assert(_accepts(entity, "digest", Signing.boardForm(board, 2, slots)));
    }

    function test_anEntityOnTwoBoardsOfATree_countsOnce() public {
        (, Board memory own) = _ofKey(0);
        EntityId common = provider.register(own);
        for (uint64 threshold = 1; threshold <= 2; ++threshold) {
            (Board memory left, Board memory right) = _arms(common);
            Board memory board = _pair(Signing.lazyId(left), Signing.lazyId(right), threshold);
            bytes32 wrapped = _wrap(Signing.lazyId(board), "digest");
            bytes[] memory slots = new bytes[](2);
            slots[0] = _chain(left, common, own, wrapped);
            slots[1] = _chain(right, common, own, wrapped);
            EntityId top = Signing.lazyId(board);
            assert(!_accepts(top, "digest", Signing.boardForm(board, 3, slots)));
            // Each of the two alone is sound.
            for (uint256 i; i < 2; ++i) {
                bytes[] memory one = new bytes[](1);
                one[0] = slots[i];
                bytes memory alone = Signing.boardForm(board, 1 << i, one);
                assert(_accepts(top, "digest", alone) == (threshold == 1));
            }
        }
    }

    function test_aTower_signs_upToFourBoards() public view {
        for (uint256 height = 1; height <= 6; ++height) {
            (EntityId top, bytes memory signature) = _tower(height, "digest");
            assert(_accepts(top, "digest", signature) == (height <= 4));
        }
    }

    /// @dev The outermost and fifteen others; what one entity signs costs one place, wherever it sits.
    function test_aSignature_namesUpToSixteenEntities() public view {
        for (uint256 count = 15; count <= 16; ++count) {
            Board[] memory boards = _crowd(count);
            Board memory board = Board(uint64(count), new Member[](count));
            for (uint256 i; i < count; ++i) {
                bytes32 id = EntityId.unwrap(Signing.lazyId(boards[i]));
                board.members[i] = Member(MemberKind.Entity, id, 1);
            }
            EntityId top = Signing.lazyId(board);
            bytes[] memory slots = new bytes[](count);
            for (uint256 i; i < count; ++i) {
                bytes32 wrapped = _wrap(Signing.lazyId(boards[i]), _wrap(top, "digest"));
                slots[i] = _form(boards[i], _key(0, wrapped));
            }
            bytes memory signature = Signing.boardForm(board, 2 ** count - 1, slots);
            assert(_accepts(top, "digest", signature) == (count == 15));
        }
    }

    /// @dev An outer root that asks for all, an inner one that does not: two of three within are too few.
    function test_aUnanimousRoot_countsOnlyIfNobodyIsAbsent_atAnyDepth_whateverAnInnerRootSays()
        public
        view
    {
        for (uint256 kind; kind < 16; ++kind) {
            (bool outerAsks, bool innerAsks) = (kind & 1 == 1, kind & 2 == 2);
            (bool hasInnerRoot, bool allSign) = (kind & 4 == 4, kind & 8 == 8);
            bool asksForAll = outerAsks || (hasInnerRoot && innerAsks);
            uint256 bitmap = allSign ? 7 : 3;
            bool valid = _isRootSigned(outerAsks, hasInnerRoot, innerAsks, bitmap);
            assert(valid == (allSign || !asksForAll));
        }
    }

    /// @dev A board whose one member is an entity of three, any two of whom decide for it.
    function _isRootSigned(
        bool outerAsks,
        bool hasInnerRoot,
        bool innerAsks,
        uint256 bitmap
    ) private view returns (bool) {
        uint256[] memory three = Signing.keys(7, 3);
        Board memory own = Signing.board(three, 2);
        (EntityId outer, Board memory board) = _above(Signing.lazyId(own));
        bytes32 root = Signing.climb("digest", 0, new bytes32[](0));
        bytes32 signed = _wrap(outer, _rootOf(outer, root, outerAsks));
        bytes memory slot =
            hasInnerRoot
                ? _underRoot(own, three, bitmap, signed, innerAsks)
                : _plainly(own, three, bitmap, signed);
        bytes memory form = _form(board, slot);
        bytes memory signature = Signing.rootForm(root, outerAsks, 0, new bytes32[](0), form);
        return _accepts(outer, "digest", signature);
    }

    function _plainly(
        Board memory own,
        uint256[] memory three,
        uint256 bitmap,
        bytes32 digest
    ) private view returns (bytes memory) {
        bytes32 wrapped = _wrap(Signing.lazyId(own), digest);
        return Signing.boardForm(own, bitmap, _signAll(three, bitmap, wrapped));
    }

    function testFuzz_aNestedSignature_isRefused_whenOneByteDiffers(
        uint256 place,
        uint8 by
    ) public view {
        if (by == 0) return;
        (EntityId top, bytes memory signature) = _tower(3, "digest");
        signature[place % signature.length] ^= bytes1(by);
        assert(!_accepts(top, "digest", signature));
    }

    function testFuzz_aNestedSignature_isRefused_ofAnotherLength(uint256 length) public view {
        (EntityId top, bytes memory signature) = _tower(3, "digest");
        bytes memory other = new bytes(length % (signature.length + 40));
        if (other.length == signature.length) return;
        for (uint256 i; i < other.length && i < signature.length; ++i) other[i] = signature[i];
        assert(!_accepts(top, "digest", other));
    }

    // ─── Making them ────────────────────────────────────────────────────────────────────────────

    function _tower(
        uint256 height,
        bytes32 digest
    ) private view returns (EntityId top, bytes memory signature) {
        EntityId[] memory levels = new EntityId[](height);
        Board[] memory boards = new Board[](height);
        (levels[0], boards[0]) = _ofKey(0);
        for (uint256 i = 1; i < height; ++i) (levels[i], boards[i]) = _above(levels[i - 1]);
        for (uint256 i = height; i > 0; --i) digest = _wrap(levels[i - 1], digest);
        signature = _key(0, digest);
        for (uint256 i; i < height; ++i) signature = _form(boards[i], signature);
        top = levels[height - 1];
    }

    function _chain(
        Board memory middle,
        EntityId bottom,
        Board memory own,
        bytes32 digest
    ) private view returns (bytes memory) {
        bytes32 wrapped = _wrap(bottom, _wrap(Signing.lazyId(middle), digest));
        return _form(middle, _form(own, _key(0, wrapped)));
    }

    /// @dev Two boards of the same entity, in the order of their ids.
    function _arms(EntityId common) private pure returns (Board memory left, Board memory right) {
        (, left) = _above(common);
        (, right) = _above(common);
        right.members[0].weight = 2;
        if (Signing.lazyId(right) < Signing.lazyId(left)) (left, right) = (right, left);
    }

    function _underRoot(
        Board memory own,
        uint256[] memory three,
        uint256 bitmap,
        bytes32 digest,
        bool unanimous
    ) private view returns (bytes memory) {
        bytes32 root = Signing.climb(digest, 0, new bytes32[](0));
        EntityId inner = Signing.lazyId(own);
        bytes32 signed = _wrap(inner, _rootOf(inner, root, unanimous));
        bytes memory form = Signing.boardForm(own, bitmap, _signAll(three, bitmap, signed));
        return Signing.rootForm(root, unanimous, 0, new bytes32[](0), form);
    }

    function _pair(
        EntityId a,
        EntityId b,
        uint64 threshold
    ) private pure returns (Board memory board) {
        board = Board(threshold, new Member[](2));
        board.members[0] = Member(MemberKind.Entity, EntityId.unwrap(a), 1);
        board.members[1] = Member(MemberKind.Entity, EntityId.unwrap(b), 1);
    }

    /// @dev Different boards of one key, in the order of their ids.
    function _crowd(uint256 count) private view returns (Board[] memory boards) {
        boards = new Board[](count);
        for (uint256 i; i < count; ++i) {
            Board memory board = _boardOf(1, MemberKind.Address, _addressId(0));
            board.members[0].weight = uint64(1 + i);
            uint256 place = i;
            for (; place > 0 && _isBefore(board, boards[place - 1]); --place) {
                boards[place] = boards[place - 1];
            }
            boards[place] = board;
        }
    }

    function _isBefore(Board memory a, Board memory b) private pure returns (bool) {
        return Signing.lazyId(a) < Signing.lazyId(b);
    }

    function _ofKey(uint256 i) private view returns (EntityId, Board memory board) {
        board = _boardOf(1, MemberKind.Address, _addressId(i));
        return (Signing.lazyId(board), board);
    }

    function _addressId(uint256 i) private view returns (bytes32) {
        return Signing.board(keys, 1).members[i].id;
    }

    function _above(EntityId inner) private pure returns (EntityId, Board memory board) {
        board = _boardOf(1, MemberKind.Entity, EntityId.unwrap(inner));
        return (Signing.lazyId(board), board);
    }

    function _boardOf(
        uint64 threshold,
        MemberKind kind,
        bytes32 id
    ) private pure returns (Board memory board) {
        board = Board(threshold, new Member[](1));
        board.members[0] = Member(kind, id, threshold);
    }

    /// @dev A board's form that its one member signs.
    function _form(Board memory board, bytes memory slot) private pure returns (bytes memory) {
        bytes[] memory slots = new bytes[](1);
        slots[0] = slot;
        return Signing.boardForm(board, 1, slots);
    }

    function _key(uint256 i, bytes32 digest) private view returns (bytes memory) {
        return Signing.ecdsa(keys[i], digest);
    }

    function _signAll(
        uint256[] memory sorted,
        uint256 bitmap,
        bytes32 digest
    ) private pure returns (bytes[] memory) {
        return Signing.ecdsaOf(sorted, bitmap, digest);
    }

    function _wrap(EntityId entity, bytes32 digest) private view returns (bytes32) {
        return Signing.entityDigest(provider.domainSeparator(), entity, digest);
    }

    function _rootOf(EntityId entity, bytes32 root, bool unanimous) private view returns (bytes32) {
        return Signing.rootDigest(provider.domainSeparator(), entity, root, unanimous);
    }

    /// @dev For actions and for evidence alike.
    function _accepts(
        EntityId entity,
        bytes32 digest,
        bytes memory signature
    ) private view returns (bool valid) {
        bool outgoing;
        (valid, outgoing) = provider.isValidProofSignature(entity, digest, signature);
        assert(!outgoing && valid == provider.isValidEntitySignature(entity, digest, signature));
    }
}
