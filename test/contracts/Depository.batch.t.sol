// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, IDepository, Transfer, Withdrawal} from "../../contracts/interfaces/IDepository.sol";
import {Packed} from "../../contracts/mocks/Packed.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {DepositoryWorld} from "./support/DepositoryWorld.sol";
import {DepositoryDigests} from "./support/DepositoryDigests.sol";
import {Log, Logs} from "./support/Logs.sol";
import {vm} from "./support/Vm.sol";

contract DepositoryBatchTest is DepositoryWorld {
    bytes private _empty;

    function setUp() public {
        _createWorld();
        Batch memory batch;
        _empty = Packed.batch(batch);
    }

    function test_domainSeparator_isThatOfTheNameAndAddress() public view {
        bytes32 expected = DepositoryDigests.domain(address(depository), block.chainid);
        assert(depository.domainSeparator() == expected);
    }

    function test_processBatch_usesUpItsNonce() public {
        Batch memory batch;
        _runWhole(left, batch);
        assert(depository.batchNonce(left.id) == 1 && depository.batchNonce(right.id) == 0);
    }

    function test_processBatch_reverts_whenReplayedOrOutOfTurn() public {
        uint64 validUntil = uint64(block.timestamp);
        bytes memory signature = _signBatch(left, _empty, 0, validUntil);
        depository.processBatch(left.id, _empty, 0, validUntil, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.BatchNonceWrong.selector, left.id, 0, 1)
        );
        depository.processBatch(left.id, _empty, 0, validUntil, signature);

        signature = _signBatch(left, _empty, 2, validUntil);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.BatchNonceWrong.selector, left.id, 2, 1)
        );
        depository.processBatch(left.id, _empty, 2, validUntil, signature);
    }

    function test_processBatch_reverts_afterValidUntil() public {
        uint64 validUntil = uint64(block.timestamp);
        bytes memory signature = _signBatch(left, _empty, 0, validUntil);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.BatchExpired.selector, validUntil, block.timestamp)
        );
        depository.processBatch(left.id, _empty, 0, validUntil, signature);
    }

    function test_processBatch_reverts_whenSignedByAnother() public {
        uint64 validUntil = uint64(block.timestamp);
        bytes memory signature = _signBatch(right, _empty, 0, validUntil);
        _expectInvalid(left.id, 0, validUntil);
        depository.processBatch(left.id, _empty, 0, validUntil, signature);
    }

    function test_processBatch_takesACallOfTheWholeBoard_andItsNonce() public {
        vm.prank(left.wallet);
        depository.processBatch(left.id, _empty, 0, type(uint64).max, "");
        assert(depository.batchNonce(left.id) == 1);

        _expectInvalid(left.id, 1, type(uint64).max);
        vm.prank(right.wallet);
        depository.processBatch(left.id, _empty, 1, type(uint64).max, "");
    }

    function test_processBatch_reverts_forBytesThatAreNoBatch() public {
        _expectMalformed("");
        _expectMalformed(hex"00");
        // A flag that means nothing, and bytes behind the end.
        _expectMalformed(hex"0400");
        _expectMalformed(hex"000000");
        bytes memory none = abi.encodePacked(uint256(0));
        bytes memory one = abi.encodePacked(uint256(1), "secret");
        // A list that is not there, that has no room for its length, that ends behind the batch, and
        // that says to have more items than it has words.
        _expectMalformed(hex"0200");
        _expectMalformed(abi.encodePacked(hex"0200", uint24(31), none));
        _expectMalformed(abi.encodePacked(hex"0200", uint24(33), none));
        _expectMalformed(abi.encodePacked(hex"0200", uint24(38), one));
        _expectMalformed(abi.encodePacked(hex"0200", uint24(64), type(uint256).max, none));
        vm.prank(left.wallet);
        bytes memory whole = abi.encodePacked(hex"0200", uint24(32), none);
        depository.processBatch(left.id, whole, 0, type(uint64).max, "");
    }

    /// @dev Indices count through all arrays; what is short after a skipped item does not take the rest along.
    function test_processBatch_goesOn_afterASkippedItem() public {
        _deposit(left, 100);
        Batch memory batch;
        batch.withdrawals = new Withdrawal[](2);
        batch.withdrawals[0] = Withdrawal(tokenId, address(0xbeef), 10);
        batch.withdrawals[1] = Withdrawal(tokenId, address(0xbeef), 91);
        batch.transfers = new Transfer[](2);
        batch.transfers[0] = Transfer(tokenId, right.id, 91);
        batch.transfers[1] = Transfer(tokenId, right.id, 90);
        Logs.start();
        _run(left, batch);

        Log[] memory skipped = Logs.take(IDepository.BatchItemSkipped.selector);
        assert(skipped.length == 2);
        bytes4 short = IDepository.ReserveExceeded.selector;
        assert(keccak256(skipped[0].data) == keccak256(abi.encode(uint64(0), 1, short)));
        assert(keccak256(skipped[1].data) == keccak256(abi.encode(uint64(0), 2, short)));
        assert(_reserve(right) == 90 && _reserve(left) == 0);
    }

    function test_processBatch_revealsSecrets() public {
        Batch memory batch;
        batch.secrets = new bytes32[](2);
        batch.secrets[0] = "one";
        batch.secrets[1] = "two";
        _runWhole(left, batch);
        assert(subcontract.revealedAt(keccak256(abi.encode(bytes32("two")))) == block.timestamp);
    }

    /// @dev Whoever relays a batch must not be able to make it skip by sending little gas along.
    function testFuzz_processBatch_skipsNothing_forWantOfGas(uint256 gasLimit) public {
        gasLimit = gasLimit % 1_200_000;
        _deposit(left, 100);
        Batch memory batch;
        batch.withdrawals = new Withdrawal[](1);
        batch.withdrawals[0] = Withdrawal(tokenId, address(0xbeef), 10);
        batch.secrets = new bytes32[](1);
        batch.secrets[0] = "one";
        bytes memory data = Packed.batch(batch);
        bytes memory signature = _signBatch(left, data, 0, type(uint64).max);
        try depository.processBatch{gas: gasLimit}(left.id, data, 0, type(uint64).max, signature) {
            assert(token.balanceOf(address(0xbeef)) == 10);
            assert(subcontract.revealedAt(keccak256(abi.encode(bytes32("one")))) != 0);
        } catch {
            assert(depository.batchNonce(left.id) == 0 && _reserve(left) == 100);
        }
    }

    function _expectMalformed(bytes memory batch) private {
        vm.expectRevert(abi.encodeWithSelector(IDepository.BatchMalformed.selector));
        vm.prank(left.wallet);
        depository.processBatch(left.id, batch, 0, type(uint64).max, "");
    }

    function _expectInvalid(EntityId entity, uint64 nonce, uint64 validUntil) private {
        bytes32 domain = DepositoryDigests.domain(address(depository), block.chainid);
        bytes32 structHash = DepositoryDigests.batch(entity, _empty, nonce, validUntil);
        bytes32 digest = DepositoryDigests.typed(domain, structHash);
        vm.expectRevert(
            abi.encodeWithSelector(IDepository.BatchSignatureInvalid.selector, entity, digest)
        );
    }
}
