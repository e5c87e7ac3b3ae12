// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityProvider} from "../../contracts/EntityProvider.sol";
import {
    Board,
    IEntityProvider,
    Member,
    MemberKind
} from "../../contracts/interfaces/IEntityProvider.sol";
import {Limits} from "../../contracts/libraries/Limits.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {Tenure} from "../../contracts/types/Registry.sol";
import {Signing} from "./support/Signing.sol";
import {vm} from "./support/Vm.sol";

/// @notice How one board of a registered entity follows another, and what names an entity has.
contract EntityProviderRotationTest {
    uint256 private constant DELAY = 2 days;
    uint256 private constant GRACE = 14 days;

    EntityProvider private provider;
    EntityId private entity;
    uint256[] private keys = Signing.keys(9, 4);

    function setUp() public {
        vm.warp(1_800_000_000);
        provider = new EntityProvider();
        entity = provider.register(_board(0));
        for (uint256 i; i < keys.length; ++i) provider.checkBoard(_board(i));
    }

    // ─── Deciding ───────────────────────────────────────────────────────────────────────────────

    function test_replaceBoard_isVisible_forTwoDays_beforeItTakesEffect() public {
        _decide(0, 1);
        Tenure memory tenure = provider.tenureOf(entity);
        assert(tenure.board == _hash(0) && tenure.next == _hash(1) && tenure.nonce == 1);
        assert(tenure.nextFrom == block.timestamp + DELAY);
        vm.warp(block.timestamp + DELAY - 1);
        _expectTooEarly(block.timestamp + 1);
        provider.activateBoard(entity);
        assert(_signs(0) && !_signs(1));
        vm.warp(block.timestamp + 1);
        provider.activateBoard(entity);
        assert(!_signs(0) && _signs(1));
    }

    function test_replaceBoard_takesASignature_ofTheBoardOfToday_only() public {
        bytes32 digest = _replacement(_hash(1), 0);
        for (uint256 i = 1; i < 4; ++i) {
            bytes memory foreign = Signing.ecdsa(keys[i], digest);
            vm.expectRevert(
                abi.encodeWithSelector(IEntityProvider.SignatureInvalid.selector, entity, digest)
            );
            provider.replaceBoard(entity, _hash(1), 0, foreign);
        }
        provider.replaceBoard(entity, _hash(1), 0, Signing.ecdsa(keys[0], digest));
    }

    function test_replaceBoard_takesNoSignature_fromTheSoleMemberItself() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IEntityProvider.SignatureInvalid.selector,
                entity,
                _replacement(_hash(1), 0)
            )
        );
        provider.replaceBoard(entity, _hash(1), 0, "");
        vm.prank(vm.addr(keys[0]));
        provider.replaceBoard(entity, _hash(1), 0, "");
        assert(provider.tenureOf(entity).next == _hash(1));
    }

    function test_replaceBoard_usesEachNonceOnce_inOrder() public {
        bytes memory first = Signing.ecdsa(keys[0], _replacement(_hash(1), 0));
        bytes memory third = Signing.ecdsa(keys[0], _replacement(_hash(2), 2));
        _expectNonce(2, 0);
        provider.replaceBoard(entity, _hash(2), 2, third);
        provider.replaceBoard(entity, _hash(1), 0, first);
        _expectNonce(0, 1);
        provider.replaceBoard(entity, _hash(1), 0, first);
    }

    function test_replaceBoard_isNotReplayed_forAnotherEntity_providerOrChain() public {
        EntityId twin = provider.register(_board(0));
        bytes memory signature = Signing.ecdsa(keys[0], _replacement(_hash(1), 0));
        vm.expectRevert();
        provider.replaceBoard(twin, _hash(1), 0, signature);
        EntityProvider other = new EntityProvider();
        other.register(_board(0));
        other.checkBoard(_board(1));
        vm.expectRevert();
        other.replaceBoard(entity, _hash(1), 0, signature);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        provider.replaceBoard(entity, _hash(1), 0, signature);
    }

    function test_replaceBoard_refuses_aBoardThatWasNotChecked_orIsInOffice() public {
        Board memory unknown = _board(1);
        unknown.members[0].weight = 7;
        bytes32[2] memory hashes = [Signing.boardHash(unknown), _hash(0)];
        for (uint256 i; i < 2; ++i) {
            bytes memory signature = Signing.ecdsa(keys[0], _replacement(hashes[i], 0));
            vm.expectRevert(abi.encodeWithSelector(IEntityProvider.BoardInvalid.selector));
            provider.replaceBoard(entity, hashes[i], 0, signature);
        }
    }

    function test_replaceBoard_overrulesWhatWasDecided_andWaitsAgain() public {
        _decide(0, 1);
        vm.warp(block.timestamp + DELAY);
        _decide(0, 2);
        _expectTooEarly(block.timestamp + DELAY);
        provider.activateBoard(entity);
        vm.warp(block.timestamp + DELAY);
        provider.activateBoard(entity);
        assert(_signs(2));
    }

    function test_replaceBoard_takesBackWhatWasDecided_withNoBoard() public {
        _decide(0, 1);
        bytes memory signature = Signing.ecdsa(keys[0], _replacement(0, 1));
        provider.replaceBoard(entity, 0, 1, signature);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NothingDecided.selector, entity));
        provider.activateBoard(entity);
    }

    /// @dev A lazy entity's id is its board.
    function test_aLazyEntity_cannotRotate() public {
        EntityId lazy = provider.soleEntity(vm.addr(keys[0]));
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NotRegistered.selector, lazy));
        vm.prank(vm.addr(keys[0]));
        provider.replaceBoard(lazy, _hash(1), 0, "");
    }

    // ─── The outgoing board ─────────────────────────────────────────────────────────────────────

    function test_theGrace_isTwiceTheLongestWindow() public pure {
        assert(GRACE >= 2 * uint256(Limits.WINDOW_MAX));
    }

    function test_theOutgoingBoard_isGoodForEvidence_andForNothingElse_duringItsGrace() public {
        _rotate(0, 1);
        uint256 until = block.timestamp + GRACE;
        assert(provider.tenureOf(entity).outgoingUntil == until);
        for (uint256 i; i < 2; ++i) {
            vm.warp(i == 0 ? block.timestamp : until - 1);
            _expectProof(0, true, true);
            assert(!_signs(0));
            _expectProof(1, true, false);
            assert(_signs(1));
        }
        vm.warp(until);
        _expectProof(0, false, false);
        _expectProof(1, true, false);
    }

    function test_theOutgoingBoard_cannotDecide_callOrNameAnything() public {
        _rotate(0, 1);
        bytes memory signature = Signing.ecdsa(keys[0], _replacement(_hash(0), 1));
        vm.expectRevert();
        provider.replaceBoard(entity, _hash(0), 1, signature);
        vm.expectRevert();
        vm.prank(vm.addr(keys[0]));
        provider.claimName(entity, "acme", 1, "");
        assert(!provider.isSoleMember(entity, vm.addr(keys[0])));
    }

    function test_noReplacement_takesEffect_whileAnEarlierBoardIsInItsGrace() public {
        _rotate(0, 1);
        uint256 until = provider.tenureOf(entity).outgoingUntil;
        _decide(1, 2);
        vm.warp(block.timestamp + DELAY);
        _expectTooEarly(until);
        provider.activateBoard(entity);
        vm.warp(until - 1);
        _expectTooEarly(until);
        provider.activateBoard(entity);
        _expectProof(0, true, true);
        vm.warp(until);
        provider.activateBoard(entity);
        _expectProof(0, false, false);
        _expectProof(1, true, true);
        _expectProof(2, true, false);
    }

    function test_theOutgoingBoard_ofANestedEntity_isEvidence_thatMakesNoDebt() public {
        Board memory above = Board(1, new Member[](1));
        above.members[0] = Member(MemberKind.Entity, EntityId.unwrap(entity), 1);
        EntityId outer = Signing.lazyId(above);
        _rotate(0, 1);
        for (uint256 i; i < 2; ++i) {
            bytes memory signature = _signNested(above, outer, i);
            (bool valid, bool outgoing) = provider.isValidProofSignature(
                outer,
                "digest",
                signature
            );
            assert(valid && outgoing == (i == 0));
            assert(provider.isValidEntitySignature(outer, "digest", signature) == (i == 1));
        }
        bytes memory late = _signNested(above, outer, 0);
        vm.warp(block.timestamp + GRACE);
        (bool counts, ) = provider.isValidProofSignature(outer, "digest", late);
        assert(!counts);
    }

    function test_theIncomingBoard_signsNothing_beforeItTakesOver() public {
        _decide(0, 1);
        vm.warp(block.timestamp + DELAY);
        _expectProof(1, false, false);
        assert(!_signs(1));
    }

    // ─── Names ──────────────────────────────────────────────────────────────────────────────────

    function test_claimName_givesANameToWhoComesFirst() public {
        EntityId other = provider.register(_board(1));
        assert(EntityId.unwrap(provider.ownerOf("acme")) == 0);
        _claim(entity, 0, "acme", 0);
        assert(provider.ownerOf("acme") == entity);
        for (uint256 i; i < 2; ++i) {
            (EntityId who, uint64 nonce) = i == 0 ? (entity, uint64(1)) : (other, uint64(0));
            vm.expectRevert(
                abi.encodeWithSelector(IEntityProvider.NameTaken.selector, bytes32("acme"), entity)
            );
            vm.prank(vm.addr(keys[i]));
            provider.claimName(who, "acme", nonce, "");
        }
    }

    function test_transferName_takesTheOwnersDecision() public {
        EntityId other = provider.register(_board(1));
        _claim(entity, 0, "acme", 0);
        vm.expectRevert(
            abi.encodeWithSelector(IEntityProvider.NameTaken.selector, bytes32("acme"), entity)
        );
        vm.prank(vm.addr(keys[1]));
        provider.transferName(other, "acme", other, 0, "");

        bytes32 digest = _typed(
            abi.encode(
                keccak256("NameTransfer(bytes32 entityId,bytes32 name,bytes32 to,uint64 nonce)"),
                entity,
                bytes32("acme"),
                other,
                uint64(1)
            )
        );
        provider.transferName(entity, "acme", other, 1, Signing.ecdsa(keys[0], digest));
        assert(provider.ownerOf("acme") == other);
        // Nobody else has any power over it: the former owner cannot have it back.
        vm.expectRevert();
        vm.prank(vm.addr(keys[0]));
        provider.transferName(entity, "acme", entity, 2, "");
    }

    function test_transferName_reverts_toAnEntityThatIsNotRegistered() public {
        _claim(entity, 0, "acme", 0);
        EntityId nobody = EntityId.wrap(bytes32(uint256(99)));
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NotRegistered.selector, nobody));
        vm.prank(vm.addr(keys[0]));
        provider.transferName(entity, "acme", nobody, 1, "");
    }

    function test_claimName_refuses_allButOneSpelling() public {
        bytes32[8] memory wrong = [
            bytes32("ab"),
            "Acme",
            "ac me",
            "-acme",
            "acme-",
            unicode"äcme",
            "acme.",
            bytes32(0)
        ];
        for (uint256 i; i < 8; ++i) _expectNoName(wrong[i]);
        _expectNoName(bytes32("acme") | bytes32(uint256(uint8(bytes1("a")))));
        bytes32[4] memory right = [
            bytes32("abc"),
            "a-9",
            "000",
            "abcdefghijklmnopqrstuvwxyz-01234"
        ];
        for (uint64 i; i < 4; ++i) _claim(entity, 0, right[i], i);
    }

    // ─── Helpers ────────────────────────────────────────────────────────────────────────────────

    function _expectNoName(bytes32 name) private {
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NameInvalid.selector, name));
        vm.prank(vm.addr(keys[0]));
        provider.claimName(entity, name, 0, "");
    }

    function _claim(EntityId who, uint256 key, bytes32 name, uint64 nonce) private {
        bytes32 typehash = keccak256("NameClaim(bytes32 entityId,bytes32 name,uint64 nonce)");
        bytes32 digest = _typed(abi.encode(typehash, who, name, nonce));
        provider.claimName(who, name, nonce, Signing.ecdsa(keys[key], digest));
    }

    function _rotate(uint256 from, uint256 to) private {
        _decide(from, to);
        vm.warp(block.timestamp + DELAY);
        provider.activateBoard(entity);
    }

    function _decide(uint256 from, uint256 to) private {
        uint64 nonce = provider.tenureOf(entity).nonce;
        bytes32 digest = _replacement(_hash(to), nonce);
        provider.replaceBoard(entity, _hash(to), nonce, Signing.ecdsa(keys[from], digest));
    }

    function _replacement(bytes32 boardHash, uint64 nonce) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "BoardReplacement(bytes32 entityId,bytes32 boardHash,uint64 nonce)"
        );
        return _typed(abi.encode(typehash, entity, boardHash, nonce));
    }

    function _typed(bytes memory encoded) private view returns (bytes32) {
        return
            keccak256(abi.encodePacked(hex"1901", provider.domainSeparator(), keccak256(encoded)));
    }

    function _signNested(
        Board memory above,
        EntityId outer,
        uint256 key
    ) private view returns (bytes memory) {
        bytes32 domain = provider.domainSeparator();
        bytes32 wrapped = Signing.entityDigest(
            domain,
            entity,
            Signing.entityDigest(domain, outer, "digest")
        );
        bytes[] memory slots = new bytes[](1);
        slots[0] = Signing.ecdsa(keys[key], wrapped);
        slots[0] = Signing.boardForm(_board(key), 1, slots);
        return Signing.boardForm(above, 1, slots);
    }

    function _signs(uint256 key) private view returns (bool) {
        return
            provider.isValidEntitySignature(entity, "digest", Signing.ecdsa(keys[key], "digest"));
    }

    function _expectProof(uint256 key, bool isValid, bool isOutgoing) private view {
        (bool valid, bool outgoing) = provider.isValidProofSignature(
            entity,
            "digest",
            Signing.ecdsa(keys[key], "digest")
        );
        assert(valid == isValid && outgoing == isOutgoing);
    }

    function _expectTooEarly(uint256 from) private {
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.TooEarly.selector, uint64(from)));
    }

    function _expectNonce(uint64 given, uint64 next) private {
        vm.expectRevert(abi.encodeWithSelector(IEntityProvider.NonceWrong.selector, given, next));
    }

    function _board(uint256 key) private view returns (Board memory board) {
        board = Board(1, new Member[](1));
        board.members[0] = Signing.seat(vm.addr(keys[key]), 1);
    }

    function _hash(uint256 key) private view returns (bytes32) {
        return Signing.boardHash(_board(key));
    }
}
